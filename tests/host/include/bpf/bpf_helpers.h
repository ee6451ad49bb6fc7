/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOST_BPF_HELPERS_H
#define HOST_BPF_HELPERS_H
/*
 * Stands in for libbpf's header when BPF code is compiled for the host: the same words, with
 * helpers that are functions over the test's memory (fake.h).
 */
#include <linux/types.h>

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))
#undef __weak
#define __weak __attribute__((weak))
#define SEC(name)
#define __uint(name, val)		   int(*name)[val]
#define __type(name, val)		   val *name
#define __builtin_preserve_access_index(x) (x)
/* Only for bpf_core_field_exists(): the test says which fields this kernel has. */
#define __builtin_preserve_field_info(field, kind) fake_field_exists(#field)

_Bool fake_field_exists(const char *field);

long bpf_probe_read_kernel(void *to, __u32 size, const void *from);
long bpf_probe_read_user(void *to, __u32 size, const void *from);
long bpf_probe_read_kernel_str(void *to, __u32 size, const void *from);
void *bpf_map_lookup_elem(void *map, const void *key);
long bpf_map_update_elem(void *map, const void *key, const void *value, __u64 flags);
long bpf_map_delete_elem(void *map, const void *key);
long bpf_ringbuf_output(void *ring, void *data, __u64 size, __u64 flags);
__u64 bpf_ringbuf_query(void *ring, __u64 flags);
__u64 bpf_get_current_task(void);

#endif
