# GNU make. Objects go to build/, never beside the sources.
CC = gcc
BUILD = build
CPPFLAGS = -D_GNU_SOURCE -I. -Isupd
WARNINGS = -Wall -Wextra -Wshadow -Wvla -Walloca -Wmissing-prototypes \
	-Wstrict-prototypes -Wpointer-arith -Wundef -Wwrite-strings \
	-Wformat=2 -Werror
CFLAGS = -std=c17 -O2 -g $(WARNINGS)
LDFLAGS =

lib_src = $(wildcard lib/*.c)
supd_src = $(wildcard supd/*.c supd/*/*.c)
supctl_src = $(wildcard supctl/*.c)

object = $(patsubst %.c,$(BUILD)/%.o,$(1))

all: $(BUILD)/bin/supd $(BUILD)/bin/supctl

$(BUILD)/bin/supd: $(call object,$(supd_src) $(lib_src))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -linih -ljansson

$(BUILD)/bin/supctl: $(call object,$(supctl_src) $(lib_src))
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljansson

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)
.PHONY: all
