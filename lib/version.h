/*
 * version: of supd and supctl, which are released together.
 */
#ifndef LIB_VERSION_H
#define LIB_VERSION_H

#define SUPD_VERSION "0.1.0"

#endif
