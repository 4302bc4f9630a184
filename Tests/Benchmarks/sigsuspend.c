// Loaded before libc into a program that runs under valgrind 3.19. valgrind writes into the mask that is passed to sigsuspend, and crashes
// if it is in read-only memory, as libdispatch's is. This passes a copy.
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return (int)syscall(SYS_rt_sigsuspend, &copy, _NSIG / 8);
}
