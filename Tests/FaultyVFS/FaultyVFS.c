#include "FaultyVFS.h"

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The fault, and the counts of calls.

static char watched[1024];
static atomic_int enabled;
static atomic_int armed_call = -1;
static atomic_int armed_code, armed_partial, armed_lasting;
static atomic_llong armed_n;
static atomic_llong counts[FAULTY_CALL_COUNT];
static atomic_llong failures;

static int is_watched(const char *path) {
    size_t length = strlen(watched);
    return path != NULL && length > 0 && strncmp(path, watched, length) == 0 && path[length] == '/';
}

static int is_log(const char *path) {
    size_t length = path != NULL ? strlen(path) : 0;
    return length > 4 && strcmp(path + length - 4, "-wal") == 0;
}

// The code with which a call fails, or SQLITE_OK.
static int fault(enum faulty_call call) {
    if (!atomic_load(&enabled)) return SQLITE_OK;
    long long n = atomic_fetch_add(&counts[call], 1) + 1;
    if (atomic_load(&armed_call) != (int)call) return SQLITE_OK;
    long long wanted = atomic_load(&armed_n);
    if (n != wanted && !(n > wanted && atomic_load(&armed_lasting))) return SQLITE_OK;
    atomic_fetch_add(&failures, 1);
    return atomic_load(&armed_code);
}

// The effects of a power cut.

struct write {
    struct write *next;
    const void *file;  // the open file through which it was written
    sqlite3_int64 offset;  // -1: the file is truncated to `length`
    sqlite3_int64 length;
    unsigned char bytes[];
};

struct image {
    struct image *next;
    char *path;
    unsigned char *bytes;  // the synced content
    sqlite3_int64 length;
    struct write *first, *last;  // writes since then
};

static pthread_mutex_t images_mutex = PTHREAD_MUTEX_INITIALIZER;
static struct image *images;
static long long cut_in;
static char cut_folder[1024];
static uint64_t cut_seed;

static void *checked(void *memory) {
    if (memory == NULL) abort();
    return memory;
}

static struct image *image_of(const char *path) {
    for (struct image *image = images; image != NULL; image = image->next)
        if (strcmp(image->path, path) == 0) return image;
    struct image *image = checked(calloc(1, sizeof *image));
    image->path = checked(strdup(path));
    image->next = images;
    images = image;
    return image;
}

static void forget_writes(struct image *image) {
    while (image->first != NULL) {
        struct write *write = image->first;
        image->first = write->next;
        free(write);
    }
    image->last = NULL;
}

static void apply(unsigned char **bytes, sqlite3_int64 *length, const struct write *write, sqlite3_int64 amount) {
    sqlite3_int64 end = write->offset < 0 ? write->length : write->offset + amount;
    if (write->offset < 0 ? end != *length : end > *length) {
        *bytes = checked(realloc(*bytes, (size_t)(end > 0 ? end : 1)));
        if (end > *length) memset(*bytes + *length, 0, (size_t)(end - *length));
        *length = end;
    }
    if (write->offset >= 0) memcpy(*bytes + write->offset, write->bytes, (size_t)amount);
}

static uint64_t next_random(uint64_t *state) {
    uint64_t word = *state += 0x9E3779B97F4A7C15;
    word = (word ^ word >> 30) * 0xBF58476D1CE4E5B9;
    word = (word ^ word >> 27) * 0x94D049BB133111EB;
    return word ^ word >> 31;
}

// How much of an unsynced write is on the disk: everything, nothing, or a number of sectors.
static sqlite3_int64 amount_of(const struct write *write, uint64_t seed, uint64_t *state) {
    if (seed < 2) return seed == 0 ? -1 : write->length;
    uint64_t random = next_random(state);
    if (random % 3 == 0) return -1;
    if (random % 3 == 1 || write->offset < 0) return write->length;
    return (sqlite3_int64)(random / 3 % ((uint64_t)write->length / 512 + 1)) * 512;
}

static void make_cut(void) {
    uint64_t state = cut_seed;
    for (struct image *image = images; image != NULL; image = image->next) {
        sqlite3_int64 length = image->length;
        unsigned char *bytes = checked(malloc((size_t)(length > 0 ? length : 1)));
        if (length > 0) memcpy(bytes, image->bytes, (size_t)length);
        for (struct write *write = image->first; write != NULL; write = write->next) {
            sqlite3_int64 amount = amount_of(write, cut_seed, &state);
            if (amount >= 0) apply(&bytes, &length, write, amount);
        }
        char path[2100];
        const char *name = strrchr(image->path, '/');
        snprintf(path, sizeof path, "%s%s", cut_folder, name != NULL ? name : "/file");
        FILE *file = checked(fopen(path, "wb"));
        if (length > 0 && fwrite(bytes, (size_t)length, 1, file) != 1) abort();
        fclose(file);
        free(bytes);
    }
}

static void count_down_to_cut(void) {
    if (cut_in > 0 && atomic_load(&enabled) && --cut_in == 0) {
        make_cut();
        cut_in = -1;
    }
}

static void will_change(void) {
    pthread_mutex_lock(&images_mutex);
    count_down_to_cut();
    pthread_mutex_unlock(&images_mutex);
}

static void did_write(const char *path, const void *file, const void *bytes, sqlite3_int64 length, sqlite3_int64 offset) {
    pthread_mutex_lock(&images_mutex);
    struct image *image = image_of(path);
    struct write *write = checked(malloc(sizeof *write + (bytes != NULL ? (size_t)length : 0)));
    write->next = NULL;
    write->file = file;
    write->offset = offset;
    write->length = length;
    if (bytes != NULL) memcpy(write->bytes, bytes, (size_t)length);
    if (image->last != NULL) image->last->next = write; else image->first = write;
    image->last = write;
    pthread_mutex_unlock(&images_mutex);
}

static void did_sync(const char *path) {
    pthread_mutex_lock(&images_mutex);
    struct image *image = image_of(path);
    for (struct write *write = image->first; write != NULL; write = write->next)
        apply(&image->bytes, &image->length, write, write->length);
    forget_writes(image);
    pthread_mutex_unlock(&images_mutex);
}

// The system marks pages as clean even if writing them failed (https://wiki.postgresql.org/wiki/Fsync_Errors), so no later sync brings them
// to the disk. Another descriptor with writes of its own would get the error at its next sync; so only the writes of this descriptor are
// lost here.
static void did_not_sync(const char *path, const void *file) {
    pthread_mutex_lock(&images_mutex);
    struct image *image = image_of(path);
    struct write **link = &image->first;
    image->last = NULL;
    while (*link != NULL) {
        struct write *write = *link;
        if (write->file == file) {
            *link = write->next;
            free(write);
        } else {
            image->last = write;
            link = &write->next;
        }
    }
    pthread_mutex_unlock(&images_mutex);
}

static void remove_image(struct image **link) {
    struct image *image = *link;
    *link = image->next;
    forget_writes(image);
    free(image->bytes);
    free(image->path);
    free(image);
}

static void did_delete(const char *path) {
    pthread_mutex_lock(&images_mutex);
    for (struct image **link = &images; *link != NULL;) {
        if (strcmp((*link)->path, path) == 0) remove_image(link); else link = &(*link)->next;
    }
    pthread_mutex_unlock(&images_mutex);
}

// Files.

struct file {
    sqlite3_file base;
    const char *path;  // NULL if it is not watched
    sqlite3_file *real;
};

static sqlite3_file *real(sqlite3_file *file) { return ((struct file *)file)->real; }
static const char *path_of(sqlite3_file *file) { return ((struct file *)file)->path; }
static int file_fault(sqlite3_file *file, enum faulty_call call) { return path_of(file) != NULL ? fault(call) : SQLITE_OK; }

static int file_close(sqlite3_file *file) { return real(file)->pMethods->xClose(real(file)); }

static int file_read(sqlite3_file *file, void *bytes, int length, sqlite3_int64 offset) {
    int code = file_fault(file, FAULTY_READ);
    if (code == SQLITE_OK && is_log(path_of(file))) code = file_fault(file, FAULTY_READ_LOG);
    if (code == SQLITE_OK) return real(file)->pMethods->xRead(real(file), bytes, length, offset);
    if (atomic_load(&armed_partial)) real(file)->pMethods->xRead(real(file), bytes, length, offset);
    // SQLite expects zeros in the part that a short read has not read.
    int done = atomic_load(&armed_partial) ? length / 2 : 0;
    memset((char *)bytes + done, 0, (size_t)(length - done));
    return code;
}

static int file_write(sqlite3_file *file, const void *bytes, int length, sqlite3_int64 offset) {
    if (path_of(file) != NULL) will_change();
    int code = file_fault(file, FAULTY_WRITE);
    if (code != SQLITE_OK) length = atomic_load(&armed_partial) ? length / 2 : 0;
    if (length == 0) return code;
    int outcome = real(file)->pMethods->xWrite(real(file), bytes, length, offset);
    if (outcome == SQLITE_OK && path_of(file) != NULL) did_write(path_of(file), file, bytes, length, offset);
    return code != SQLITE_OK ? code : outcome;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    if (path_of(file) != NULL) will_change();
    int code = file_fault(file, FAULTY_TRUNCATE);
    if (code != SQLITE_OK) return code;
    int outcome = real(file)->pMethods->xTruncate(real(file), size);
    if (outcome == SQLITE_OK && path_of(file) != NULL) did_write(path_of(file), file, NULL, size, -1);
    return outcome;
}

static int file_sync(sqlite3_file *file, int flags) {
    if (path_of(file) != NULL) will_change();
    int code = file_fault(file, FAULTY_SYNC);
    if (code != SQLITE_OK) {
        did_not_sync(path_of(file), file);
        return code;
    }
    int outcome = real(file)->pMethods->xSync(real(file), flags);
    if (outcome == SQLITE_OK && path_of(file) != NULL) did_sync(path_of(file));
    return outcome;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    int code = file_fault(file, FAULTY_SIZE);
    return code != SQLITE_OK ? code : real(file)->pMethods->xFileSize(real(file), size);
}

static int file_lock(sqlite3_file *file, int level) {
    int code = file_fault(file, FAULTY_LOCK);
    return code != SQLITE_OK ? code : real(file)->pMethods->xLock(real(file), level);
}

static int file_unlock(sqlite3_file *file, int level) { return real(file)->pMethods->xUnlock(real(file), level); }

static int file_check_reserved_lock(sqlite3_file *file, int *is_held) {
    return real(file)->pMethods->xCheckReservedLock(real(file), is_held);
}

static int file_control(sqlite3_file *file, int operation, void *argument) {
    return real(file)->pMethods->xFileControl(real(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file) { return real(file)->pMethods->xSectorSize(real(file)); }
static int file_characteristics(sqlite3_file *file) { return real(file)->pMethods->xDeviceCharacteristics(real(file)); }

static int file_shared_map(sqlite3_file *file, int region, int size, int extends, void volatile **memory) {
    int code = file_fault(file, FAULTY_SHARED_MAP);
    if (code == SQLITE_OK) return real(file)->pMethods->xShmMap(real(file), region, size, extends, memory);
    *memory = NULL;
    return code;
}

static int file_shared_lock(sqlite3_file *file, int offset, int count, int flags) {
    // Releasing a lock does not fail.
    int code = flags & SQLITE_SHM_LOCK ? file_fault(file, FAULTY_SHARED_LOCK) : SQLITE_OK;
    return code != SQLITE_OK ? code : real(file)->pMethods->xShmLock(real(file), offset, count, flags);
}

static void file_shared_barrier(sqlite3_file *file) { real(file)->pMethods->xShmBarrier(real(file)); }
static int file_shared_unmap(sqlite3_file *file, int deletes) { return real(file)->pMethods->xShmUnmap(real(file), deletes); }

static int file_fetch(sqlite3_file *file, sqlite3_int64 offset, int length, void **memory) {
    *memory = NULL;
    int code = file_fault(file, FAULTY_FETCH);
    return code != SQLITE_OK ? code : real(file)->pMethods->xFetch(real(file), offset, length, memory);
}

static int file_unfetch(sqlite3_file *file, sqlite3_int64 offset, void *memory) {
    return real(file)->pMethods->xUnfetch(real(file), offset, memory);
}

static const sqlite3_io_methods methods = {
    3, file_close, file_read, file_write, file_truncate, file_sync, file_size, file_lock, file_unlock, file_check_reserved_lock,
    file_control, file_sector_size, file_characteristics, file_shared_map, file_shared_lock, file_shared_barrier, file_shared_unmap,
    file_fetch, file_unfetch,
};

// The VFS.

static sqlite3_vfs vfs;
static sqlite3_vfs *system_vfs;

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *opened, int flags, int *got) {
    (void)self;
    struct file *file = (struct file *)opened;
    memset(file, 0, sizeof *file);
    file->path = is_watched(path) ? path : NULL;
    file->real = (sqlite3_file *)(file + 1);
    int code = file_fault(opened, FAULTY_OPEN);
    if (code == SQLITE_OK) code = system_vfs->xOpen(system_vfs, path, file->real, flags, got);
    if (code == SQLITE_OK) file->base.pMethods = &methods;
    return code;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int syncs) {
    (void)self;
    if (!is_watched(path)) return system_vfs->xDelete(system_vfs, path, syncs);
    will_change();
    int code = fault(FAULTY_DELETE);
    if (code != SQLITE_OK) return code;
    int outcome = system_vfs->xDelete(system_vfs, path, syncs);
    if (outcome == SQLITE_OK) did_delete(path);
    return outcome;
}

static int vfs_access(sqlite3_vfs *self, const char *path, int flags, int *answer) {
    (void)self;
    int code = is_watched(path) ? fault(FAULTY_ACCESS) : SQLITE_OK;
    *answer = 0;
    return code != SQLITE_OK ? code : system_vfs->xAccess(system_vfs, path, flags, answer);
}

// SQLite counts sleeps while it waits for a lock, so shorter ones allow the same number of attempts.
static int vfs_sleep(sqlite3_vfs *self, int microseconds) {
    (void)self;
    system_vfs->xSleep(system_vfs, microseconds / 100 + 1);
    return microseconds;
}

// Memory.

static sqlite3_mem_methods system_memory;

// Only allocations for pages, statements' programs and rows fail. If the small allocation for a bound text or a collation's name failed,
// GRDB would end the process.
static int lacks(int size) { return size >= 512 && fault(FAULTY_ALLOCATE) != SQLITE_OK; }

static void *memory_allocate(int size) { return lacks(size) ? NULL : system_memory.xMalloc(size); }
static void *memory_reallocate(void *memory, int size) { return lacks(size) ? NULL : system_memory.xRealloc(memory, size); }

int faulty_install(void) {
    if (system_vfs != NULL) return SQLITE_OK;
    int code = sqlite3_config(SQLITE_CONFIG_GETMALLOC, &system_memory);
    if (code != SQLITE_OK) return code;
    sqlite3_mem_methods memory = system_memory;
    memory.xMalloc = memory_allocate;
    memory.xRealloc = memory_reallocate;
    code = sqlite3_config(SQLITE_CONFIG_MALLOC, &memory);
    if (code != SQLITE_OK) return code;
    code = sqlite3_initialize();
    if (code != SQLITE_OK) return code;
    system_vfs = sqlite3_vfs_find(NULL);
    vfs = *system_vfs;
    vfs.pNext = NULL;
    vfs.zName = "faulty";
    vfs.szOsFile = (int)sizeof(struct file) + system_vfs->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    vfs.xAccess = vfs_access;
    vfs.xSleep = vfs_sleep;
    return sqlite3_vfs_register(&vfs, 1);
}

// The functions that a test calls.

static void reset_counts(void) {
    for (int call = 0; call < FAULTY_CALL_COUNT; call++) atomic_store(&counts[call], 0);
    atomic_store(&failures, 0);
}

void faulty_watch(const char *folder) {
    faulty_disarm();
    snprintf(watched, sizeof watched, "%s", folder);
    reset_counts();
    pthread_mutex_lock(&images_mutex);
    while (images != NULL) remove_image(&images);
    cut_in = 0;
    pthread_mutex_unlock(&images_mutex);
}

void faulty_arm(enum faulty_call call, int code, int is_partial, int64_t n, int is_lasting) {
    reset_counts();
    atomic_store(&armed_code, code);
    atomic_store(&armed_partial, is_partial);
    atomic_store(&armed_lasting, is_lasting);
    atomic_store(&armed_n, n);
    atomic_store(&armed_call, (int)call);
}

void faulty_disarm(void) { atomic_store(&armed_call, -1); }
void faulty_enable(int is_enabled) { atomic_store(&enabled, is_enabled); }
int64_t faulty_calls(enum faulty_call call) { return atomic_load(&counts[call]); }
int64_t faulty_failures(void) { return atomic_load(&failures); }

void faulty_cut(int64_t n, const char *folder, uint64_t seed) {
    pthread_mutex_lock(&images_mutex);
    snprintf(cut_folder, sizeof cut_folder, "%s", folder);
    cut_seed = seed;
    cut_in = n;
    pthread_mutex_unlock(&images_mutex);
}

void faulty_cut_now(const char *folder) {
    pthread_mutex_lock(&images_mutex);
    snprintf(cut_folder, sizeof cut_folder, "%s", folder);
    cut_seed = 0;
    make_cut();
    pthread_mutex_unlock(&images_mutex);
}

int faulty_end_cut(void) {
    pthread_mutex_lock(&images_mutex);
    int was_made = cut_in < 0;
    cut_in = 0;
    pthread_mutex_unlock(&images_mutex);
    return was_made;
}

static int is_uuid(const char *text) {
    for (int i = 0; i < 36; i++) {
        int is_hyphen = i == 8 || i == 13 || i == 18 || i == 23;
        int is_digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
        if (is_hyphen ? text[i] != '-' : !is_digit) return 0;
    }
    return 1;
}

int64_t faulty_next_uuid(const char *text, int64_t length, int64_t start) {
    for (int64_t position = start; position + 36 <= length; position++)
        if (text[position + 8] == '-' && is_uuid(text + position)) return position;
    return length;
}
