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
