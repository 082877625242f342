{{/* Rules that several network policies have. */}}

{{/* The pods of a part: (list $ "nats"). */}}
{{- define "deskwire.peer" -}}
- podSelector:
    matchLabels: {{- include "deskwire.selector" . | nindent 6 }}
{{- end -}}

{{/* What the pods of a pool are selected by, in whatever group they are: (list $ "webhooks"). */}}
{{- define "deskwire.pool" -}}
{{- $ := index . 0 -}}
app.kubernetes.io/name: {{ $.Chart.Name }}
app.kubernetes.io/instance: {{ $.Release.Name }}
pool.deskwire/{{ index . 1 }}: "true"
{{- end -}}

{{/* All groups of workers, as an expression. */}}
{{- define "deskwire.workers" -}}
{{- $components := list -}}
{{- range $name, $group := .Values.workers.groups -}}
{{- if $group -}}
{{- $components = append $components (printf "workers-%s" $name) -}}
{{- end -}}
{{- end -}}
matchLabels:
  app.kubernetes.io/name: {{ .Chart.Name }}
  app.kubernetes.io/instance: {{ .Release.Name }}
matchExpressions:
  - { key: app.kubernetes.io/component, operator: In, values: {{ toJson $components }} }
{{- end -}}

{{- define "deskwire.egress.dns" -}}
- to: {{- toYaml .Values.networkPolicy.dns | nindent 4 }}
  ports:
    - { port: 53, protocol: UDP }
    - { port: 53, protocol: TCP }
{{- end -}}

{{- define "deskwire.egress.nats" -}}
{{- if .Values.nats.enabled -}}
- to: {{- include "deskwire.peer" (list . "nats") | nindent 4 }}
  ports:
    - port: 4222
{{- else -}}
- to: {{- toYaml .Values.networkPolicy.natsExternal | nindent 4 }}
{{- end -}}
{{- end -}}
