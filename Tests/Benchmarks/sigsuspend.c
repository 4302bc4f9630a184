// Loaded before libc into a program that valgrind 3.19 runs: it writes into the mask that sigsuspend is given, and crashes where that is
// read-only memory, as libdispatch's is. It gets a copy.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}
