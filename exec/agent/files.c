/* SPDX-License-Identifier: Apache-2.0
 *
 * A set of files that appears at once in a mounted folder, as ConfigMap volumes do: the files are
 * written to a new folder `..NUMBER`, the link `..data` is moved to it by one rename, and each
 * visible name is a link `NAME -> ..data/NAME`. A reader sees the old set or the new one.
 * Names are relative, without `..`; every folder is opened without following links, because a
 * container may have written into the volume.
 * Source: kubernetes pkg/volume/util/atomic_writer.go. Departures: an unchanged set is written
 * again.
 */

#include "exec/agent/agent.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_PATH_BYTES 512
#define MAX_DEPTH 8
#define FOLDER_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)

static const char *root_path;
static bool active;
static uint32_t active_id;
static int error_number; /* the first failure of the set; told at the end */
static int folder_fd = -1, staging_fd = -1, file_fd = -1;
static char staging_name[32];
static size_t n_written_bytes, n_files;

void
agent_files_init (const char *root)
{
  root_path = root;
}

/* Copies and checks a relative path; false if it could lead out of its folder. */
static bool
read_path (const uint8_t *bytes, size_t length, char *ret_path)
{
  if (length == 0 || length >= MAX_PATH_BYTES || memchr (bytes, '\0', length) != NULL)
    return false;
  memcpy (ret_path, bytes, length);
  ret_path[length] = '\0';
  size_t depth = 1;
  for (const char *at = ret_path;; depth++)
    {
      size_t n = strcspn (at, "/");
      if (n == 0 || n > 255 || depth > MAX_DEPTH || (n == 1 && at[0] == '.')
          || (n >= 2 && at[0] == '.' && at[1] == '.'))
        return false;
      if (at[n] == '\0')
        return true;
      at += n + 1;
    }
}

/* Opens the folder that path names, or (parent) the one that holds its last part, creating what is
 * missing then. Gives the last part's place. -1 with errno. */
static int
walk (int from_fd, char *path, bool parent, char **ret_last)
{
  int fd = fcntl (from_fd, F_DUPFD_CLOEXEC, 0);
  char *at = path;
  while (fd >= 0)
    {
      char *slash = strchr (at, '/');
      if (slash == NULL && parent)
        break;
      if (slash != NULL)
        *slash = '\0';
      if (parent)
        mkdirat (fd, at, 0755);
      int next = openat (fd, at, FOLDER_FLAGS);
      int error = errno;
      close (fd);
      errno = error;
      fd = next;
      if (slash == NULL)
        break;
      at = slash + 1;
    }
  *ret_last = at;
  return fd;
}

static int
open_volume (const uint8_t *bytes, size_t length)
{
  char path[MAX_PATH_BYTES];
  char *last;
  if (!read_path (bytes, length, path))
    {
      errno = EINVAL;
      return -1;
    }
  int root_fd = open (root_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (root_fd < 0)
    return -1;
  int fd = walk (root_fd, path, false, &last);
  int error = errno;
  close (root_fd);
  errno = error;
  return fd;
}

static void
remove_tree (int parent_fd, const char *name, int depth)
{
  if (unlinkat (parent_fd, name, 0) == 0 || depth > MAX_DEPTH)
    return;
  int fd = openat (parent_fd, name, FOLDER_FLAGS);
  DIR *folder = fd >= 0 ? fdopendir (fd) : NULL;
  if (folder == NULL)
    {
      if (fd >= 0)
        close (fd);
      return;
    }
  struct dirent *entry;
  while ((entry = readdir (folder)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      remove_tree (fd, entry->d_name, depth + 1);
  closedir (folder);
  unlinkat (parent_fd, name, AT_REMOVEDIR);
}

static void
close_all (void)
{
  int *fds[] = { &file_fd, &staging_fd, &folder_fd };
  for (size_t i = 0; i < sizeof fds / sizeof fds[0]; i++)
    {
      if (*fds[i] >= 0)
        close (*fds[i]);
      *fds[i] = -1;
    }
  active = false;
}

void
agent_files_reset (void)
{
  if (active && folder_fd >= 0)
    remove_tree (folder_fd, staging_name, 0);
  close_all ();
}

static void
note_error (int error)
{
  if (error_number == 0)
    error_number = error;
}

void
agent_files_begin (uint32_t id, const uint8_t *payload, size_t length)
{
  agent_files_reset ();
  active = true;
  active_id = id;
  error_number = 0;
  n_written_bytes = 0;
  n_files = 0;
  if (length < 4 || (folder_fd = open_volume (payload + 4, length - 4)) < 0)
    {
      note_error (length < 4 ? EINVAL : errno);
      return;
    }
  uint32_t mode = exec_agent_get32 (payload) & 07777;
  if (mode != 0 && fchmod (folder_fd, mode) < 0)
    note_error (errno);
  for (int try = 0; try < 100 && staging_fd < 0; try++)
    {
      snprintf (staging_name, sizeof staging_name, "..%lld.%d", (long long) agent_now_ms (), try);
      if (mkdirat (folder_fd, staging_name, 0755) == 0)
        staging_fd = openat (folder_fd, staging_name, FOLDER_FLAGS);
      else if (errno != EEXIST)
        break;
    }
  if (staging_fd < 0)
    note_error (errno);
  else
    fchmod (staging_fd, 0755);
}

void
agent_files_file (uint32_t id, const uint8_t *payload, size_t length)
{
  char path[MAX_PATH_BYTES];
  char *last;
  if (!active || id != active_id || error_number != 0)
    return;
  if (length < 4 || !read_path (payload + 4, length - 4, path))
    {
      note_error (EINVAL);
      return;
    }
  if (n_files++ == EXEC_AGENT_MAX_WRITE_FILES)
    {
      note_error (EMFILE);
      return;
    }
  if (file_fd >= 0)
    close (file_fd);
  file_fd = -1;
  int parent_fd = walk (staging_fd, path, true, &last);
  if (parent_fd >= 0)
    file_fd = openat (parent_fd, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file_fd < 0 || fchmod (file_fd, exec_agent_get32 (payload) & 0777) < 0)
    note_error (errno);
  if (parent_fd >= 0)
    close (parent_fd);
}

void
agent_files_data (uint32_t id, const uint8_t *payload, size_t length)
{
  if (!active || id != active_id || error_number != 0)
    return;
  if (file_fd < 0)
    note_error (EINVAL);
  else if (length > EXEC_AGENT_MAX_WRITE_BYTES - n_written_bytes)
    note_error (EFBIG);
  else
    {
      ssize_t n = write (file_fd, payload, length);
      if (n != (ssize_t) length)
        note_error (n < 0 ? errno : ENOSPC);
      n_written_bytes += length;
    }
}

/* Makes the link NAME -> ..data/NAME unless it is there; replaces anything else of that name. */
static void
link_name (const char *name)
{
  char target[MAX_PATH_BYTES], present[MAX_PATH_BYTES];
  snprintf (target, sizeof target, "..data/%s", name);
  ssize_t n = readlinkat (folder_fd, name, present, sizeof present);
  if (n == (ssize_t) strlen (target) && memcmp (present, target, (size_t) n) == 0)
    return;
  remove_tree (folder_fd, name, 0);
  if (symlinkat (target, folder_fd, name) < 0)
    note_error (errno);
}

static void
for_each_entry (int fd, void (*func) (const char *name))
{
  int copy = openat (fd, ".", FOLDER_FLAGS);
  DIR *folder = copy >= 0 ? fdopendir (copy) : NULL;
  struct dirent *entry;
  if (folder == NULL)
    {
      note_error (errno);
      return;
    }
  while ((entry = readdir (folder)) != NULL)
    if (strcmp (entry->d_name, ".") != 0 && strcmp (entry->d_name, "..") != 0)
      func (entry->d_name);
  closedir (folder);
}

/* Removes older sets, and visible links of ours that the new set no longer has. */
static void
drop_stale (const char *name)
{
  char target[MAX_PATH_BYTES];
  struct stat status;
  bool hidden = name[0] == '.' && name[1] == '.';
  if (strcmp (name, staging_name) == 0 || strcmp (name, "..data") == 0)
    return;
  if (hidden)
    {
      remove_tree (folder_fd, name, 0);
      return;
    }
  ssize_t n = readlinkat (folder_fd, name, target, sizeof target);
  bool ours = n > 7 && memcmp (target, "..data/", 7) == 0;
  if (ours && fstatat (staging_fd, name, &status, AT_SYMLINK_NOFOLLOW) < 0)
    unlinkat (folder_fd, name, 0);
}

static void
swap (void)
{
  unlinkat (folder_fd, "..data_tmp", 0);
  if (symlinkat (staging_name, folder_fd, "..data_tmp") < 0
      || renameat (folder_fd, "..data_tmp", folder_fd, "..data") < 0)
    {
      note_error (errno);
      return;
    }
  for_each_entry (staging_fd, link_name);
  for_each_entry (folder_fd, drop_stale);
}

void
agent_files_commit (uint32_t id)
{
  if (!active || id != active_id)
    {
      agent_send_done (id, EINVAL, "no set of files was begun");
      return;
    }
  if (error_number == 0)
    swap ();
  if (error_number != 0)
    agent_files_reset ();
  close_all ();
  agent_send_done (id, error_number, error_number != 0 ? strerror (error_number) : "");
}

void
agent_files_folder (uint32_t id, const uint8_t *payload, size_t length)
{
  int fd = length > 4 ? open_volume (payload + 4, length - 4) : -1;
  int error = length > 4 ? errno : EINVAL;
  if (fd >= 0)
    {
      error = fchmod (fd, exec_agent_get32 (payload) & 07777) < 0 ? errno : 0;
      close (fd);
    }
  agent_send_done (id, error, error != 0 ? strerror (error) : "");
}
