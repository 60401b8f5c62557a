/* SPDX-License-Identifier: Apache-2.0
 *
 * Other clocks for one process, loaded before libc: what the system says plus two offsets that
 * lie in the file CLOCK_SHIM (monotonic and wall, ns, eight bytes each), so that a test can let a
 * machine sleep, set its clock, or let minutes pass in seconds. Waiting ends after a few
 * milliseconds at the latest: whoever waits by these clocks looks at them again.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum
{
  LONGEST_WAIT_MS = 10,
};

typedef struct
{
  int64_t monotonic_ns;
  int64_t wall_ns;
} Offsets;

static const volatile Offsets *offsets;

__attribute__ ((constructor)) static void
map_offsets (void)
{
  const char *path = getenv ("CLOCK_SHIM");
  int fd = path != NULL ? open (path, O_RDONLY | O_CLOEXEC) : -1;
  if (fd < 0)
    abort ();
  void *memory = mmap (NULL, sizeof (Offsets), PROT_READ, MAP_SHARED, fd, 0);
  if (memory == MAP_FAILED)
    abort ();
  offsets = memory;
  close (fd);
}

static void
add (struct timespec *time, int64_t offset_ns)
{
  int64_t ns = (int64_t) time->tv_sec * 1000000000 + time->tv_nsec + offset_ns;
  time->tv_sec = (time_t) (ns / 1000000000);
  time->tv_nsec = (long) (ns % 1000000000);
}

int
clock_gettime (clockid_t id, struct timespec *ret_time)
{
  static int (*real) (clockid_t, struct timespec *);
  if (real == NULL)
    *(void **) &real = dlsym (RTLD_NEXT, "clock_gettime");
  int status = real (id, ret_time);
  if (status != 0 || offsets == NULL)
    return status;
  if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_RAW || id == CLOCK_MONOTONIC_COARSE)
    add (ret_time, offsets->monotonic_ns);
  else if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
    add (ret_time, offsets->wall_ns);
  return status;
}

int
gettimeofday (struct timeval *restrict ret_time, void *restrict zone)
{
  struct timespec now;
  (void) zone;
  clock_gettime (CLOCK_REALTIME, &now);
  ret_time->tv_sec = now.tv_sec;
  ret_time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t
time (time_t *ret_time)
{
  struct timespec now;
  clock_gettime (CLOCK_REALTIME, &now);
  if (ret_time != NULL)
    *ret_time = now.tv_sec;
  return now.tv_sec;
}

int
poll (struct pollfd *fds, nfds_t n, int timeout_ms)
{
  static int (*real) (struct pollfd *, nfds_t, int);
  if (real == NULL)
    *(void **) &real = dlsym (RTLD_NEXT, "poll");
  return real (fds, n, timeout_ms < 0 || timeout_ms > LONGEST_WAIT_MS ? LONGEST_WAIT_MS
                                                                      : timeout_ms);
}
