/*
 * redirect.bpf.c - what arrives at one socket of a pair goes out at the other, in the kernel.
 *
 * pairs: cookie of a socket -> the socket at the other end of its pair.
 */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#define PAIRS_MAX 8192

struct {
	__uint(type, BPF_MAP_TYPE_SOCKHASH);
	__uint(max_entries, PAIRS_MAX);
	__type(key, __u64);
	__type(value, __u64);
} pairs SEC(".maps");

SEC("sk_skb/stream_verdict")
int
redirect(struct __sk_buff *skb)
{
	__u64 cookie = bpf_get_socket_cookie(skb);

	return (int)bpf_sk_redirect_hash(skb, &pairs, &cookie, 0);
}

char LICENSE[] SEC("license") = "GPL"; /* the kernel demands it of programs that redirect */
