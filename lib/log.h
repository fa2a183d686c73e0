/*
 * log: supd's own messages, on standard error.
 *
 * One line each: `supd: level: text`, or a JSON object with time, level,
 * process and message (log_format = json). A line is one write(2), so lines
 * of guard and engine never mix. Bytes below 0x20, 0x7f and invalid UTF-8 in
 * the text are written as \xNN: no service or client can forge a line.
 * Nothing is allocated. A write that fails is dropped: there is nobody left
 * to tell. The level and the form are the one state of the process that is
 * not passed around.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

/* who: the name that lines begin with; not copied, so a literal. */
void log_setup(const char *who, enum log_level, enum log_format);

void log_line(enum log_level, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warn(...) log_line(LOG_WARN, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
