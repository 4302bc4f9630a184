// Tells Thread Sanitizer of the slow path of Swift's Mutex. The fast path is compiled into our code and instrumented; where a lock is
// contended, the standard library takes it, which is not, so that whatever the mutex guards would seem to be a race.
//
// Linked into what `make sanitize` runs: the names are those of libswiftSynchronization, whose own are called from here.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

void __tsan_acquire(void *address);
void __tsan_release(void *address);

#define SELF __attribute__((swift_context)) void *self
#define LOCK_SLOW "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK_SLOW "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define TRY_LOCK_SLOW "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"

__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) __asm__(LOCK_SLOW);
__attribute__((swiftcall)) void lock_slow(uint32_t thread, SELF) {
    __attribute__((swiftcall)) void (*library)(uint32_t, SELF) =
        (__attribute__((swiftcall)) void (*)(uint32_t, SELF))dlsym(RTLD_NEXT, LOCK_SLOW);
    library(thread, self);
    __tsan_acquire(self);
}

__attribute__((swiftcall)) bool try_lock_slow(SELF) __asm__(TRY_LOCK_SLOW);
__attribute__((swiftcall)) bool try_lock_slow(SELF) {
    __attribute__((swiftcall)) bool (*library)(SELF) = (__attribute__((swiftcall)) bool (*)(SELF))dlsym(RTLD_NEXT, TRY_LOCK_SLOW);
    bool isLocked = library(self);
    if (isLocked) __tsan_acquire(self);
    return isLocked;
}

__attribute__((swiftcall)) void unlock_slow(SELF) __asm__(UNLOCK_SLOW);
__attribute__((swiftcall)) void unlock_slow(SELF) {
    __attribute__((swiftcall)) void (*library)(SELF) = (__attribute__((swiftcall)) void (*)(SELF))dlsym(RTLD_NEXT, UNLOCK_SLOW);
    __tsan_release(self);
    library(self);
}
