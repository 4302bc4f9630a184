// Sends webhooks at a constant rate, whether or not they are answered: open_loop PORT PATH SECRET RATE SECONDS CONNECTIONS PHONES
//
// The n-th request is due n / RATE after the start, and its latency counts from that moment: if a server stops for a moment, all requests
// that were due meanwhile show it. A connection carries one request at a time. A request that finds no free connection waits for one, and
// its latency includes the wait.
//
// `late` is the time between the moment at which a request was due and the moment at which this program looked at it, with or without a
// free connection. If it is not small compared with the latencies, the program was too slow or had too little processor time, and the
// figures are not those of the server alone.
//
// Prints one line, with times in milliseconds:
//   RESULT rate= p50= p99= p999= max= requests= non2xx= errors= waited= late_p99= late_max= processor=
// Latencies are those of 2xx answers. `errors` are requests without an answer. `waited` is the largest number of requests that waited for a
// connection at the same time. `processor` is this program's share of one core.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "histogram.h"
#include "requests.h"

enum { SECOND = 1000000000, PATIENCE = 10 };

struct connection {
    int socket;
    bool is_busy;
    size_t request; // the request in progress
    size_t received;
    char answer[4096];
};

static struct {
    int port, epoll;
    double rate;
    struct request *requests;
    size_t count;
    uint64_t start;
    size_t due, sent, answered, refused, failed; // numbers of requests; refused ones are also among the answered
    size_t waited;
    uint64_t last_answer;
    struct connection *connections;
    struct connection **idle; // a ring, so that all connections take turns
    size_t idle_count, idle_first, connection_count;
    struct histogram latency, late;
} run;

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + time.tv_nsec;
}

static void stop(const char *what) {
    perror(what);
    exit(1);
}

static uint64_t time_of(size_t request) {
    return run.start + (uint64_t)(request * (SECOND / run.rate));
}

static void become_idle(struct connection *connection) {
    connection->is_busy = false;
    run.idle[(run.idle_first + run.idle_count++) % run.connection_count] = connection;
}

static void open_connection(struct connection *connection) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(run.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};
    int yes = 1;
    connection->socket = socket(AF_INET, SOCK_STREAM, 0);
    if (connection->socket < 0) stop("socket");
    if (connect(connection->socket, (struct sockaddr *)&address, sizeof address)) stop("connect");
    setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (fcntl(connection->socket, F_SETFL, O_NONBLOCK)) stop("fcntl");
    if (epoll_ctl(run.epoll, EPOLL_CTL_ADD, connection->socket, &event)) stop("epoll_ctl");
}

// The connection's request, if it has one, is lost. A connection without a request is already in the ring.
static void reopen(struct connection *connection) {
    close(connection->socket);
    open_connection(connection);
    if (!connection->is_busy) return;
    run.failed++;
    become_idle(connection);
}

static void send_next(void) {
    struct connection *connection = run.idle[run.idle_first];
    run.idle_first = (run.idle_first + 1) % run.connection_count;
    run.idle_count--;
    connection->is_busy = true;
    connection->request = run.sent++;
    connection->received = 0;
    const struct request *request = &run.requests[connection->request];
    if (send(connection->socket, request->text, request->length, MSG_NOSIGNAL) != (ssize_t)request->length) reopen(connection);
}

// The status of a complete answer; 0 if more must be received, -1 if it is not an answer.
static int status_of(struct connection *connection) {
    connection->answer[connection->received] = 0;
    const char *end = strstr(connection->answer, "\r\n\r\n");
    bool is_full = connection->received == sizeof connection->answer - 1;
    if (!end) return is_full ? -1 : 0;
    const char *length = strcasestr(connection->answer, "\r\ncontent-length:");
    if (!length || length > end) return -1;
    size_t whole = end + 4 - connection->answer + strtoul(length + strlen("\r\ncontent-length:"), NULL, 10);
    if (connection->received < whole) return is_full ? -1 : 0;
    return connection->received == whole ? atoi(connection->answer + strlen("HTTP/1.1 ")) : -1;
}

static void receive(struct connection *connection) {
    ssize_t size = recv(connection->socket, connection->answer + connection->received,
                        sizeof connection->answer - 1 - connection->received, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0 || !connection->is_busy) return reopen(connection);
    connection->received += size;
    int status = status_of(connection);
    if (status == 0) return;
    if (status < 0) return reopen(connection);
    run.last_answer = now();
    run.answered++;
    if (status / 100 == 2)
        histogram_record(&run.latency, run.last_answer - time_of(connection->request));
    else
        run.refused++;
    become_idle(connection);
}

static void look_at_the_clock(void) {
    uint64_t time = now();
    for (; run.due < run.count && time_of(run.due) <= time; run.due++) histogram_record(&run.late, time - time_of(run.due));
    while (run.sent < run.due && run.idle_count > 0) send_next();
    if (run.due - run.sent > run.waited) run.waited = run.due - run.sent;
}

// Waits until the next request is due, or for an answer.
static void wait_for_answers(uint64_t end) {
    struct epoll_event events[64];
    uint64_t until = run.due < run.count ? time_of(run.due) : end, time = now(), left = until > time ? until - time : 0;
    struct timespec timeout = {left / SECOND, left % SECOND};
    int count = epoll_pwait2(run.epoll, events, 64, &timeout, NULL);
    if (count < 0 && errno != EINTR) stop("epoll_pwait2");
    for (int i = 0; i < count; i++) receive(events[i].data.ptr);
}

static double processor_time(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec + (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

int main(int argc, char **argv) {
    if (argc != 8) return fprintf(stderr, "usage: %s PORT PATH SECRET RATE SECONDS CONNECTIONS PHONES\n", argv[0]), 64;
    run.port = atoi(argv[1]);
    run.rate = atof(argv[4]);
    run.count = run.rate * atof(argv[5]);
    run.connection_count = atoi(argv[6]);
    run.requests = make_requests(argv[2], argv[3], atoi(argv[7]), run.count);
    run.connections = calloc(run.connection_count, sizeof *run.connections);
    run.idle = calloc(run.connection_count, sizeof *run.idle);
    run.epoll = epoll_create1(0);
    if (!run.connections || !run.idle || run.epoll < 0) stop("start");
    prctl(PR_SET_TIMERSLACK, 1);
    for (size_t i = 0; i < run.connection_count; i++) {
        open_connection(&run.connections[i]);
        become_idle(&run.connections[i]);
    }
    double processor = processor_time();
    run.start = now();
    uint64_t end = time_of(run.count) + (uint64_t)PATIENCE * SECOND;
    while (run.answered + run.failed < run.count && now() < end) {
        look_at_the_clock();
        wait_for_answers(end);
    }
    double seconds = (run.last_answer - run.start) / 1e9;
    printf("RESULT rate=%.0f p50=%.3f p99=%.3f p999=%.3f max=%.3f", run.answered / seconds, histogram_milliseconds(&run.latency, 50),
           histogram_milliseconds(&run.latency, 99), histogram_milliseconds(&run.latency, 99.9), run.latency.max / 1e6);
    printf(" requests=%zu non2xx=%zu errors=%zu waited=%zu", run.answered, run.refused, run.count - run.answered, run.waited);
    printf(" late_p99=%.3f late_max=%.3f processor=%.3f\n", histogram_milliseconds(&run.late, 99), run.late.max / 1e6,
           (processor_time() - processor) / seconds);
    return 0;
}
