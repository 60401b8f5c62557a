/* SPDX-License-Identifier: Apache-2.0
 *
 * What process 1 owes to the others: dead children are reaped, signals are taken as events.
 * Alone it ends at once on TERM, INT or QUIT; with a program of its own it hands signals on and
 * ends with the program's status (128 + number when a signal ended it).
 */

#include "exec/agent/agent.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

static int signal_fd = -1;
static pid_t program_pid;

static void
start_program (char **program, const sigset_t *before)
{
  program_pid = fork ();
  if (program_pid != 0)
    return;
  sigprocmask (SIG_SETMASK, before, NULL);
  signal (SIGPIPE, SIG_DFL);
  execvp (program[0], program);
  _exit (127);
}

int
agent_process_init (char **program)
{
  static const int numbers[]
      = { SIGTERM, SIGINT, SIGQUIT, SIGCHLD, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH };
  sigset_t set, before;
  sigemptyset (&set);
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
    sigaddset (&set, numbers[i]);
  sigprocmask (SIG_BLOCK, &set, &before);
  signal (SIGPIPE, SIG_IGN);
  signal_fd = signalfd (-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (program != NULL)
    start_program (program, &before);
  return signal_fd;
}

static void
reap (void)
{
  int status;
  pid_t pid;
  while ((pid = waitpid (-1, &status, WNOHANG)) > 0)
    if (pid == program_pid)
      _exit (WIFEXITED (status) ? WEXITSTATUS (status) : 128 + WTERMSIG (status));
}

void
agent_process_signals (void)
{
  struct signalfd_siginfo got;
  while (read (signal_fd, &got, sizeof got) == (ssize_t) sizeof got)
    {
      int number = (int) got.ssi_signo;
      if (number == SIGCHLD)
        reap ();
      else if (program_pid > 0)
        kill (program_pid, number);
      else if (number == SIGTERM || number == SIGINT || number == SIGQUIT)
        _exit (0);
    }
}
