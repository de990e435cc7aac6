{{- define "fairlead.image" -}}
{{- if .Values.image.digest -}}
{{ .Values.image.repository }}@{{ .Values.image.digest }}
{{- else -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "fairlead.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: fairlead
{{ include "fairlead.selector" . }}
{{- end -}}

{{- /* Selectors can never change: only what is the same in every version stands here. */ -}}
{{- define "fairlead.selector" -}}
app.kubernetes.io/name: fairlead
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- /* HOST:PORT of /metrics, /livez and /readyz. NodeAddress is known on the node only. */ -}}
{{- define "fairlead.httpAddress" -}}
{{- if eq .httpAddress "NodeAddress" -}}
[$(NODE_ADDRESS)]
{{- else if contains ":" .httpAddress -}}
[{{ .httpAddress }}]
{{- else -}}
{{ .httpAddress }}
{{- end -}}
:{{ .httpPort }}
{{- end -}}

{{- /* Where the process itself reaches that address: one that stands for all of them is asked on the loopback. */ -}}
{{- define "fairlead.probeHost" -}}
{{- if eq .httpAddress "NodeAddress" -}}
$NODE_ADDRESS
{{- else if has .httpAddress (list "" "0.0.0.0" "::") -}}
127.0.0.1
{{- else -}}
{{ .httpAddress }}
{{- end -}}
{{- end -}}

{{- /* A probe from inside: one of kind httpGet asks the pod's address, where nobody may listen. */ -}}
{{- define "fairlead.execProbe" -}}
exec:
  command:
    - bash
    - -c
    - >-
      exec 3<>/dev/tcp/{{ include "fairlead.probeHost" .of }}/{{ .of.httpPort }}
      && printf 'GET {{ .path }} HTTP/1.0\r\n\r\n' >&3
      && read -r -t 4 line <&3
      && [[ $line == *' 200 '* ]]
{{- end -}}

{{- /* The controller's probes ask from outside where they can: without a process of their own. */ -}}
{{- define "fairlead.controllerProbe" -}}
{{- if has .of.httpAddress (list "" "0.0.0.0" "::") -}}
httpGet: {path: {{ .path }}, port: http}
{{- else -}}
{{ include "fairlead.execProbe" . }}
{{- end -}}
{{- end -}}

{{- /* What the controller puts into the DaemonSet of every pool; it reads it as JSON. */ -}}
{{- define "fairlead.poolDefaults" -}}
{{- dict
  "haproxyResources" .Values.pool.haproxy.resources
  "keepalivedResources" .Values.pool.keepalived.resources
  "tolerations" .Values.pool.tolerations
  "imagePullSecrets" .Values.imagePullSecrets | toJson -}}
{{- end -}}

{{- /* What the command line reads: what the controller decides from, and no Secrets. */ -}}
{{- define "fairlead.viewerRules" -}}
- apiGroups: [fairlead.dev]
  resources: [vippools, vippolicies, vips, vrrpinstances, vipnodes]
  verbs: [get, list]
- apiGroups: [""]
  resources: [services, namespaces, nodes]
  verbs: [get, list]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [get, list]
# Which nodes are alive, and which controller leads.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  verbs: [get, list]
# The flags it was started with.
- apiGroups: [apps]
  resources: [deployments]
  resourceNames: [fairlead-controller]
  verbs: [get]
{{- end -}}

{{/* The one command that may run privileged, and does with agent.kernelSettings=Set. */}}
{{- define "fairlead.kernelSettings" -}}
['/bin/sh', '-c', 'echo 1 >/proc/sys/net/ipv4/tcp_tw_reuse']
{{- end }}
