// Reads /events on many connections at once, as cheaply as it can: event_readers PORT TOKEN READERS
//
// Prints READY when every stream has begun. Reads until it gets SIGTERM, then on for at most five seconds until no stream has had anything
// for half a second, and prints
//   RESULT readers= closed= least= most= bytes= first= last= disordered= different= processor=
// `closed` streams were ended by the gateway. `least` and `most` are the events of the reader with the fewest and with the most among
// those that stayed open. `first` and `last` are the positions between which all of these have received the same events. `disordered`
// counts events whose position is not larger than that of the event before. `different` counts readers whose events differ from those of
// the first reader by a hash of their positions. `processor` is this program's processor time in seconds.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { LONGEST_ID = 32 };

struct reader {
    int socket;
    bool is_open, has_begun;
    char id[LONGEST_ID]; // the beginning of a line that may go on in the next bytes
    int id_length;       // -1 in the rest of a line that says nothing here
    int64_t pending;     // the id of the event that is being read
    int64_t first, last; // positions of events
    uint64_t events, hash, disordered;
};

static volatile sig_atomic_t is_ending;
static uint64_t bytes;
static char buffer[256 << 10];

static void end(int number) {
    (void)number;
    is_ending = 1;
}

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void open_reader(struct reader *reader, int epoll, int port, const char *token) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = reader};
    char request[512];
    int length = snprintf(request, sizeof request, "GET /events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n\r\n", token);
    reader->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (reader->socket < 0 || connect(reader->socket, (struct sockaddr *)&address, sizeof address)) stop("connect");
    if (send(reader->socket, request, length, MSG_NOSIGNAL) != length) stop("send");
    if (fcntl(reader->socket, F_SETFL, O_NONBLOCK)) stop("fcntl");
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, reader->socket, &event)) stop("epoll_ctl");
    reader->is_open = true;
}

// Lines of interest are `id: N` and `event: …`: an event counts when its type comes after its position. The sizes of chunks between the
// lines of the stream are lines of their own, which end with a carriage return.
static void take_line(struct reader *reader) {
    reader->id[reader->id_length] = 0;
    if (!strncmp(reader->id, "id: ", 4)) {
        reader->pending = strtoll(reader->id + 4, NULL, 10);
        reader->has_begun = true;
    } else if (!strncmp(reader->id, "event: ", 7)) {
        if (reader->pending <= reader->last) reader->disordered++;
        if (reader->events++ == 0) reader->first = reader->pending;
        reader->last = reader->pending;
        reader->hash = (reader->hash ^ (uint64_t)reader->pending) * 0x100000001b3;
    }
}

static void take(struct reader *reader, const char *text, size_t length) {
    const char *end = text + length;
    while (text < end) {
        const char *line_end = memchr(text, '\n', end - text);
        size_t size = (line_end ? line_end : end) - text;
        if (reader->id_length >= 0) {
            size_t room = LONGEST_ID - 1 - reader->id_length, part = size < room ? size : room;
            memcpy(reader->id + reader->id_length, text, part);
            reader->id_length += part;
        }
        if (!line_end) return;
        if (reader->id_length > 0) take_line(reader);
        reader->id_length = 0;
        text = line_end + 1;
    }
}

// One read per turn: a reader that has much to read must not keep the others waiting.
static void receive(struct reader *reader, int epoll) {
    ssize_t size = recv(reader->socket, buffer, sizeof buffer, 0);
    if (size < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (size <= 0) {
        epoll_ctl(epoll, EPOLL_CTL_DEL, reader->socket, NULL);
        reader->is_open = false;
        return;
    }
    bytes += size;
    take(reader, buffer, size);
}

static double processor_time(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void print(const struct reader *readers, int count, double processor) {
    const struct reader *first = NULL;
    uint64_t least = UINT64_MAX, most = 0, disordered = 0, different = 0;
    int closed = 0;
    for (int i = 0; i < count; i++) {
        const struct reader *reader = &readers[i];
        disordered += reader->disordered;
        if (!reader->is_open) {
            closed++;
            continue;
        }
        if (!first) first = reader;
        if (reader->hash != first->hash || reader->events != first->events) different++;
        if (reader->events < least) least = reader->events;
        if (reader->events > most) most = reader->events;
    }
    printf("RESULT readers=%d closed=%d least=%llu most=%llu bytes=%llu", count, closed, (unsigned long long)(first ? least : 0),
           (unsigned long long)most, (unsigned long long)bytes);
    printf(" first=%lld last=%lld disordered=%llu different=%llu processor=%.2f\n", (long long)(first ? first->first : 0),
           (long long)(first ? first->last : 0), (unsigned long long)disordered, (unsigned long long)different, processor);
}

int main(int argc, char **argv) {
    if (argc != 4) return fprintf(stderr, "usage: %s PORT TOKEN READERS\n", argv[0]), 64;
    int count = atoi(argv[3]), epoll = epoll_create1(0);
    struct reader *readers = calloc(count, sizeof *readers);
    if (epoll < 0 || !readers) stop("epoll_create1");
    signal(SIGTERM, end);
    for (int i = 0; i < count; i++) open_reader(&readers[i], epoll, atoi(argv[1]), argv[2]);
    bool is_ready = false;
    double ended = 0, received = now(), processor = 0;
    while (!ended || (now() - received < 0.5 && now() - ended < 5)) {
        struct epoll_event events[256];
        int found = epoll_wait(epoll, events, 256, 100);
        if (found < 0 && errno != EINTR) stop("epoll_wait");
        for (int i = 0; i < found; i++) receive(events[i].data.ptr, epoll);
        if (found > 0) received = now();
        if (is_ending && !ended) {
            ended = now();
            processor = processor_time();
        }
        if (is_ready) continue;
        int begun = 0;
        for (int i = 0; i < count; i++) begun += readers[i].has_begun;
        if (begun < count) continue;
        is_ready = true;
        printf("READY\n");
        fflush(stdout);
    }
    print(readers, count, processor);
    return 0;
}
