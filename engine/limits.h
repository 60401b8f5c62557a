/* SPDX-License-Identifier: Apache-2.0
 *
 * Every bound of the engine, with its reason. Where Kubernetes has one, it is Kubernetes'.
 * What is over a limit is refused with a status that names it; nothing grows without one.
 */
#pragma once

/* A request body: kube-apiserver's limit. */
#define K8_MAX_BODY_BYTES (3 * 1024 * 1024)

/* An object as stored: etcd's request limit. */
#define K8_MAX_OBJECT_BYTES (1536 * 1024)

/* Operations of one transaction: etcd's --max-txn-ops. */
#define K8_MAX_TXN_OPS 128

/* Changes that etcd keeps for old reads and watches. Upstream keeps 5 to 10 minutes on disk; ours
 * lie in memory, and what a watch needs after a restart of the API server is far less. */
#define K8_ETCD_HISTORY_EVENTS 10000

/* Operations of one JSON patch: kube-apiserver's. */
#define K8_MAX_PATCH_OPS 10000

/* Nesting of JSON and YAML from outside: no Kubernetes object comes near it. */
#define K8_MAX_NESTING 100

/* Aliases of a YAML document, and how much larger than its text it may become. */
#define K8_MAX_YAML_ALIASES 10000
#define K8_MAX_YAML_EXPANSION 10

/* Names: DNS-1123 subdomain and label; label values; all annotations of an object. */
#define K8_MAX_NAME_BYTES 253
#define K8_MAX_LABEL_BYTES 63
#define K8_MAX_ANNOTATIONS_BYTES (256 * 1024)

/* Requirements of one selector. */
#define K8_MAX_SELECTOR_TERMS 256

/* Events that a watch ring keeps for resumption; upstream's watch cache: 100 to 102400. */
#define K8_WATCH_RING_EVENTS 10240

/* Requests in flight before 429: upstream's 400 reads and 200 writes. */
#define K8_MAX_READS_IN_FLIGHT 400
#define K8_MAX_WRITES_IN_FLIGHT 200

/* Problems reported about one object before the rest is left out. */
#define K8_MAX_PROBLEMS 1000

/* Pods that one kubelet knows at a time, those that it refused among them: their number is two
 * bytes of a tag. Upstream runs 110 a node and has no limit of what is bound to one. */
#define K8_MAX_NODE_PODS 60000
