/*
 * The floor: the least that a program can do to bring frames from a TPACKET_V3 ring into a pcapng
 * file. It walks the blocks, copies each frame into an enhanced packet block in a buffer of 256 KiB
 * (which stays in the second-level cache: measured cheaper than 4 MiB) and writes the buffer when it
 * is full, or when no frame comes for 100 ms. No thread, no accounting, no options: what any capture
 * tool costs beyond this is its own doing.
 *
 *     floor INTERFACE FILE RING_BYTES BLOCK_BYTES RETIRE_MS
 *
 * SIGINT ends it: frames still in closed blocks are written, then one line of JSON goes to standard
 * output. The blocks it writes are byte for byte of the size that gapcap writes, epb_flags included.
 *
 * A bench source, not a part of gapcap. Build: cc -O2 -o floor floor.c
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (256u << 10)
#define NOMINAL_FRAME_BYTES 2048
/* Longest record: a frame of 64 KiB and what surrounds it. */
#define LONGEST_RECORD (65536u + 64u)

static volatile sig_atomic_t stopping;
static uint8_t buffer[BUFFER_BYTES];
static size_t used;
static int out;

static void on_signal(int signal_number)
{
	(void)signal_number;
	stopping = 1;
}

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void write_out(void)
{
	size_t done = 0;

	while (done < used) {
		ssize_t n = write(out, buffer + done, used - done);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			die("write");
		done += (size_t)n;
	}
	used = 0;
}

static void put(const void *bytes, size_t length)
{
	memcpy(buffer + used, bytes, length);
	used += length;
}

/* Section header, and one Ethernet interface with nanosecond times. */
static void write_file_header(void)
{
	static const uint32_t section[7] = {
		0x0a0d0d0a, 28, 0x1a2b3c4d, 1, 0xffffffff, 0xffffffff, 28,
	};
	static const uint32_t interface[8] = {
		1, 32, 1, 262144, 9 | (1 << 16), 9, 0, 32,
	};

	put(section, sizeof(section));
	put(interface, sizeof(interface));
}

static void write_frame(const struct tpacket3_hdr *frame)
{
	const struct sockaddr_ll *from =
		(const void *)((const uint8_t *)frame + TPACKET_ALIGN(sizeof(*frame)));
	uint32_t padded = (frame->tp_snaplen + 3) & ~3u;
	uint32_t length = 28 + padded + 12 + 4;
	uint64_t time = frame->tp_sec * 1000000000ull + frame->tp_nsec;
	uint32_t *words;

	if (length > BUFFER_BYTES - used)
		write_out();
	words = (uint32_t *)(buffer + used);
	words[0] = 6;
	words[1] = length;
	words[2] = 0;
	words[3] = (uint32_t)(time >> 32);
	words[4] = (uint32_t)time;
	words[5] = frame->tp_snaplen;
	words[6] = frame->tp_len;
	words[6 + padded / 4] = 0;
	memcpy(words + 7, (const uint8_t *)frame + frame->tp_mac, frame->tp_snaplen);
	words += 7 + padded / 4;
	words[0] = 2 | (4 << 16); /* epb_flags */
	words[1] = from->sll_pkttype == PACKET_HOST ? 0x5 : 0x11;
	words[2] = 0;
	words[3] = length;
	used += length;
}

int main(int argc, char **argv)
{
	if (argc != 6) {
		fprintf(stderr, "usage: floor INTERFACE FILE RING_BYTES BLOCK_BYTES RETIRE_MS\n");
		return 2;
	}
	struct tpacket_req3 request = { 0 };
	request.tp_block_size = (unsigned)atoi(argv[4]);
	request.tp_block_nr = (unsigned)(atoll(argv[3]) / request.tp_block_size);
	request.tp_frame_size = NOMINAL_FRAME_BYTES;
	request.tp_frame_nr = request.tp_block_size / NOMINAL_FRAME_BYTES * request.tp_block_nr;
	request.tp_retire_blk_tov = (unsigned)atoi(argv[5]);

	struct sigaction action = { .sa_handler = on_signal };
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);

	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	int version = TPACKET_V3;
	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version, sizeof(version)) < 0)
		die("PACKET_VERSION");
	if (setsockopt(fd, SOL_PACKET, PACKET_RX_RING, &request, sizeof(request)) < 0)
		die("PACKET_RX_RING");
	size_t ring_bytes = (size_t)request.tp_block_size * request.tp_block_nr;
	uint8_t *ring = mmap(NULL, ring_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (ring == MAP_FAILED)
		die("mmap");

	out = open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (out < 0)
		die(argv[2]);
	write_file_header();

	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(argv[1]),
	};
	/* Counts towards the same membership that the other tools ask for. */
	struct packet_mreq membership = {
		.mr_ifindex = address.sll_ifindex,
		.mr_type = PACKET_MR_PROMISC,
	};
	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &membership, sizeof(membership)) < 0)
		die("PACKET_ADD_MEMBERSHIP");
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(argv[1]);

	uint64_t frames = 0;
	for (unsigned block_index = 0;;) {
		struct tpacket_block_desc *block =
			(void *)(ring + (size_t)block_index * request.tp_block_size);
		uint32_t *status = &block->hdr.bh1.block_status;
		if (!(__atomic_load_n(status, __ATOMIC_ACQUIRE) & TP_STATUS_USER)) {
			struct pollfd wanted = { .fd = fd, .events = POLLIN | POLLERR };
			if (stopping)
				break;
			if (poll(&wanted, 1, 100) == 0)
				write_out();
			continue;
		}
		const uint8_t *frame = (const uint8_t *)block + block->hdr.bh1.offset_to_first_pkt;
		for (unsigned left = block->hdr.bh1.num_pkts; left > 0; left--) {
			const struct tpacket3_hdr *header = (const void *)frame;
			if (header->tp_snaplen > LONGEST_RECORD - 64u) {
				fprintf(stderr, "floor: a frame of %u bytes\n", header->tp_snaplen);
				return 1;
			}
			write_frame(header);
			frame += header->tp_next_offset;
		}
		frames += block->hdr.bh1.num_pkts;
		__atomic_store_n(status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		if (++block_index == request.tp_block_nr)
			block_index = 0;
	}
	write_out();
	struct tpacket_stats_v3 statistics;
	socklen_t size = sizeof(statistics);
	if (getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &statistics, &size) < 0)
		die("PACKET_STATISTICS");
	printf("{\"frames\":%llu,\"received\":%u,\"lost\":%u}\n", (unsigned long long)frames,
	       statistics.tp_packets, statistics.tp_drops);
	return 0;
}
