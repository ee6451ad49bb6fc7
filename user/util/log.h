/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef HOSTPROF_UTIL_LOG_H
#define HOSTPROF_UTIL_LOG_H
/*
 * One line a message on stderr, behind "hostprof: ". Used by cmd/, main.c and capture/session
 * (which says what is unavailable while the rest goes on); everything below returns -errno.
 */
enum log_level {
	LOG_ERROR, /* the command fails, or a part of what was asked is missing */
	LOG_WARN,  /* it goes on, degraded */
	LOG_INFO,  /* shown unless -q */
	LOG_DEBUG, /* shown with -v */
	LOG_TRACE, /* libbpf's debug output: -v given twice */
};

void log_set_level(enum log_level highest_shown);
enum log_level log_get_level(void);
void log_at(enum log_level level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_at(LOG_ERROR, __VA_ARGS__)
#define log_warn(...)  log_at(LOG_WARN, __VA_ARGS__)
#define log_info(...)  log_at(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_at(LOG_DEBUG, __VA_ARGS__)

#endif
