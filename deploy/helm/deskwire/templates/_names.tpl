{{/* Names, labels, images. */}}

{{- define "deskwire.name" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains .Chart.Name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* What a part's pods are selected by: (list $ "ingress"). */}}
{{- define "deskwire.selector" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ $.Chart.Name }}
app.kubernetes.io/instance: {{ $.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "deskwire.labels" -}}
{{- $ := index . 0 -}}
{{ include "deskwire.selector" . }}
app.kubernetes.io/version: {{ $.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" $.Chart.Name $.Chart.Version }}
{{- end -}}

{{- define "deskwire.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "deskwire.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "deskwire.name" .) "default" .Values.serviceAccount.create) }}
{{- end -}}

{{- define "deskwire.secret" -}}
{{ .Values.secrets.existingSecret | default (printf "%s-secrets" (include "deskwire.name" .)) }}
{{- end -}}
