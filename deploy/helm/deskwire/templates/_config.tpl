{{/* deskwire.toml, and what the schema cannot check. */}}

{{/* A JSON string, number or list of them is the same in TOML. */}}
{{- define "deskwire.config" -}}
{{- $replicas := ternary .Values.nats.replicas .Values.nats.external.replicas .Values.nats.enabled -}}
{{- $origins := list -}}
{{- if .Values.expose.enabled -}}
{{- range .Values.expose.hosts -}}
{{- $origins = append $origins (printf "%s://%s" (ternary "https" "http" (not (empty $.Values.expose.tlsSecret))) .) -}}
{{- end -}}
{{- end -}}
{{- $own := dict
  "nats" (dict "url" (include "deskwire.nats.url" .) "replicas" $replicas)
  "ingress" (dict "listen" "0.0.0.0:8080" "internal_listen" "0.0.0.0:8081")
  "store" (dict "backend" "scylla" "nodes" .Values.store.nodes "keyspace" .Values.store.keyspace)
-}}
{{- $config := mergeOverwrite (deepCopy .Values.config) $own -}}
{{- if $origins -}}
{{- $config = merge $config (dict "chat" (dict "allowed_origins" $origins)) -}}
{{- end -}}
# Made by the chart from its values. Secrets come as variables.
{{- range $section, $keys := $config }}

[{{ $section }}]
{{- range $key, $value := $keys }}
{{ $key }} = {{ toJson $value }}
{{- end }}
{{- end }}
{{ end -}}

{{/* The names of the groups of workers that have a pool: (list $ "webhooks"). */}}
{{- define "deskwire.check" -}}
{{- $pools := list -}}
{{- range $name, $group := .Values.workers.groups -}}
{{- if $group -}}
{{- $pools = concat $pools $group.pools -}}
{{- end -}}
{{- end -}}
{{- range list "ratelimit" "moderation" "routing" "persistence" "webhooks" "notify" "rag" -}}
{{- if not (has . $pools) -}}
{{- fail (printf "workers.groups: no group has the pool %s, and its events would wait for ever" .) -}}
{{- end -}}
{{- end -}}
{{- $egress := and .Values.networkPolicy.enabled .Values.networkPolicy.egress -}}
{{- if .Values.networkPolicy.enabled -}}
{{- if and .Values.webhooks.baseUrl (not (get $egress "webhooks")) -}}
{{- fail "webhooks.baseUrl is another system's: say in networkPolicy.egress.webhooks that it may be reached" -}}
{{- end -}}
{{- if and (eq (dig "moderation" "backend" "local" .Values.config) "llm") (not (get $egress "moderation")) -}}
{{- fail "config.moderation.backend is llm: say in networkPolicy.egress.moderation that llm.base_url may be reached" -}}
{{- end -}}
{{- if and (dig "llm" "base_url" "" .Values.config) (not (get $egress "rag")) -}}
{{- fail "config.llm names a model, and the bot asks it: say in networkPolicy.egress.rag that llm.base_url may be reached" -}}
{{- end -}}
{{- if and (eq (dig "index" "backend" "embedded" .Values.config) "qdrant") (not (get $egress "rag")) -}}
{{- fail "config.index.backend is qdrant: say in networkPolicy.egress.rag that index.url may be reached" -}}
{{- end -}}
{{- if and (not .Values.nats.enabled) (not .Values.networkPolicy.natsExternal) -}}
{{- fail "nats.enabled is false: say in networkPolicy.natsExternal where the servers of nats.external.url are" -}}
{{- end -}}
{{- end -}}
{{- if and (not .Values.nats.enabled) (not .Values.nats.external.url) -}}
{{- fail "nats.enabled is false: nats.external.url must say where the broker is" -}}
{{- end -}}
{{- if and .Values.keda.enabled (not (include "deskwire.nats.monitoring" .)) -}}
{{- fail "keda.enabled: nats.external.monitoring must say where the broker's lag is read" -}}
{{- end -}}
{{- if and .Values.expose.enabled (not .Values.expose.hosts) -}}
{{- fail "expose.enabled: expose.hosts must name a host" -}}
{{- end -}}
{{- end -}}
