#ifndef FAULTY_VFS_H
#define FAULTY_VFS_H

#include <stdint.h>

// SQLite's calls of the operating system for the files of one folder, counted, and failed where a test wants it. For one test at a time in
// a process of its own: memory belongs to every connection of the process.

// What SQLite asks the system for.
enum faulty_call {
    FAULTY_OPEN,
    FAULTY_READ,
    // Of the write-ahead log alone: of the database SQLite takes a short read for the end of the file.
    FAULTY_READ_LOG,
    FAULTY_WRITE,
    FAULTY_TRUNCATE,
    // What was written since the last one never reaches the disk.
    FAULTY_SYNC,
    FAULTY_SIZE,
    FAULTY_LOCK,
    FAULTY_SHARED_LOCK,
    FAULTY_SHARED_MAP,
    FAULTY_FETCH,
    FAULTY_DELETE,
    FAULTY_ACCESS,
    FAULTY_ALLOCATE,
    FAULTY_CALL_COUNT
};

// Becomes the default VFS of the process, over the one that was. 0, or SQLite's result code.
int faulty_install(void);

// Watches the files of a folder and forgets all that was counted.
void faulty_watch(const char *folder);

// From now on the n-th of these calls fails with a result code; with `is_lasting` every later one as well. With `is_partial` half of a read
// or a write is done before. Counts from 1 again.
void faulty_arm(enum faulty_call call, int code, int is_partial, int64_t n, int is_lasting);

// No call fails from now on.
void faulty_disarm(void);

// Calls are counted and failed only while this is on.
void faulty_enable(int is_enabled);

// How many calls of a kind there were since `faulty_watch` or `faulty_arm`.
int64_t faulty_calls(enum faulty_call call);

// How many calls were failed since `faulty_arm`.
int64_t faulty_failures(void);

// At the n-th write, truncation, sync or deletion from now on, before it is done, the files are written to a folder as a power cut could leave
// them: what was synced, and of what was written since a part that `seed` chooses; 0 chooses nothing, 1 all of it.
void faulty_cut(int64_t n, const char *folder, uint64_t seed);

// Writes the files to a folder as the worst power cut would leave them now: nothing but what was synced.
void faulty_cut_now(const char *folder);

// Whether the cut was made. Ends it where it was not.
int faulty_end_cut(void);

// Where the next UUID of a text begins, from `start` on; `length` where there is none.
int64_t faulty_next_uuid(const char *text, int64_t length, int64_t start);

#endif
