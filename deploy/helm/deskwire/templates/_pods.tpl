{{/* What every pod of the chart has. */}}

{{/* The same for every pod: (list $ "ingress" "desk"), the last being the key of its topology spread. */}}
{{- define "deskwire.pod" -}}
{{- $ := index . 0 -}}
{{- $component := index . 1 -}}
{{- $spread := get $.Values.topologySpread (index . 2) -}}
serviceAccountName: {{ include "deskwire.serviceAccount" $ }}
automountServiceAccountToken: false
# Service links are variables named after services, such as DESKWIRE_SERVICE_HOST; a process of the desk refuses to
# start on a DESKWIRE_ variable that names no key.
enableServiceLinks: false
{{- with $.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
topologySpreadConstraints:
  - topologyKey: kubernetes.io/hostname
    maxSkew: 1
    whenUnsatisfiable: {{ $spread.node }}
    labelSelector:
      matchLabels: {{- include "deskwire.selector" (list $ $component) | nindent 8 }}
  - topologyKey: topology.kubernetes.io/zone
    maxSkew: 1
    whenUnsatisfiable: {{ $spread.zone }}
    labelSelector:
      matchLabels: {{- include "deskwire.selector" (list $ $component) | nindent 8 }}
{{- with $.Values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with $.Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $.Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "deskwire.container" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
{{- end -}}

{{/* One variable from a Secret: (list "VARIABLE" "secret" "key"). */}}
{{- define "deskwire.variable" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef:
      name: {{ index . 1 }}
      key: {{ index . 2 }}
{{- end -}}

{{/* What both processes of the desk are told by variables: (list $ "workers"). */}}
{{- define "deskwire.environment" -}}
{{- $ := index . 0 -}}
{{- $user := index . 1 -}}
- name: DESKWIRE_CONFIG
  value: /etc/deskwire/deskwire.toml
- name: DESKWIRE_NATS__USERNAME
  value: {{ $user }}
{{ include "deskwire.variable" (list "DESKWIRE_NATS__PASSWORD" (include "deskwire.secret" $) (printf "nats-%s-password" $user)) }}
{{- if include "deskwire.nats.authority" $ }}
# The system's authorities, and the broker's.
- name: SSL_CERT_DIR
  value: /etc/ssl/certs:/etc/deskwire-authority
{{- end }}
{{- end -}}

{{- define "deskwire.mounts" -}}
- name: config
  mountPath: /etc/deskwire
  readOnly: true
{{- if include "deskwire.nats.authority" . }}
- name: authority
  mountPath: /etc/deskwire-authority
  readOnly: true
{{- end }}
{{- end -}}

{{- define "deskwire.volumes" -}}
- name: config
  configMap:
    name: {{ include "deskwire.name" . }}
{{- with include "deskwire.nats.authority" . }}
- name: authority
  {{- . | nindent 2 }}
{{- end }}
{{- end -}}
