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
  resources: [vippools, vips, vrrpinstances, vipnodes]
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
