{{/* Where the broker is. */}}

{{- define "deskwire.nats.name" -}}
{{ include "deskwire.name" . }}-nats
{{- end -}}

{{/* As the first label of a host, the name is the server's: KEDA looks for the leader by it. */}}
{{- define "deskwire.nats.host" -}}
{{- $name := include "deskwire.nats.name" (index . 0) -}}
{{ printf "%s-%d.%s" $name (index . 1) $name }}
{{- end -}}

{{- define "deskwire.nats.url" -}}
{{- if .Values.nats.enabled -}}
{{- $scheme := ternary "tls" "nats" (not (empty .Values.nats.tls.secret)) -}}
{{- $urls := list -}}
{{- range until (int .Values.nats.replicas) -}}
{{- $urls = append $urls (printf "%s://%s:4222" $scheme (include "deskwire.nats.host" (list $ .))) -}}
{{- end -}}
{{ join "," $urls }}
{{- else -}}
{{ .Values.nats.external.url }}
{{- end -}}
{{- end -}}

{{- define "deskwire.nats.monitoring" -}}
{{- if .Values.nats.enabled -}}
{{ printf "%s.%s.svc:8222" (include "deskwire.nats.name" .) .Release.Namespace }}
{{- else -}}
{{ .Values.nats.external.monitoring }}
{{- end -}}
{{- end -}}

{{/* The volume with the certificate of the broker's authority, where it has one of its own. */}}
{{- define "deskwire.nats.authority" -}}
{{- if and .Values.nats.enabled .Values.nats.tls.secret -}}
secret:
  secretName: {{ .Values.nats.tls.secret }}
  items:
    - { key: ca.crt, path: ca.crt }
{{- else if and (not .Values.nats.enabled) .Values.nats.external.caConfigMap -}}
configMap:
  name: {{ .Values.nats.external.caConfigMap }}
  items:
    - { key: ca.crt, path: ca.crt }
{{- end -}}
{{- end -}}
