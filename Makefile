# GNU make. Objects go to $(BUILD), never beside the sources.
#
#   make          builds supd and supctl
#   make run      builds them and runs supd on conf.d/
#   make static   builds them without shared libraries, in $(BUILD)/static/bin
#   make check    all that can be checked, in minutes; closes with the count
#   make bench    what starts, restarts and stops cost
#   make install  with prefix and DESTDIR; make uninstall takes it back
#
# Parts of the check: tidy unit sim-check static-check e2e asan-check check-vm.
# More: asan (a build with sanitizers), analyze (what compilers and cppcheck
# suspect), fuzz, fmt, fmt-check.
CC = gcc
AR = ar
BUILD = build
OPTIMIZE = -O2 -fstack-protector-strong
CPPFLAGS = -D_GNU_SOURCE -I. -Isupd
WARNINGS = -Wall -Wextra -Wshadow -Wvla -Walloca -Wmissing-prototypes \
	-Wstrict-prototypes -Wpointer-arith -Wundef -Wwrite-strings \
	-Wformat=2 -Werror
CFLAGS = -std=c17 $(OPTIMIZE) -g $(WARNINGS)
LDFLAGS = -Wl,-z,relro,-z,now
SANITIZE = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=all

# V=1 shows the commands.
V =
quiet = $(if $(V),,@echo '  $(1) $@';)

prefix = /usr/local
sbindir = $(prefix)/sbin
bindir = $(prefix)/bin
mandir = $(prefix)/share/man
docdir = $(prefix)/share/doc/supd
INSTALL = install

# What Debian calls that which supd is built with, and checked with.
packages_build = gcc libc6-dev make libinih-dev libjansson-dev libcap-dev \
	libseccomp-dev
packages_check = $(packages_build) binutils libcmocka-dev bats python3 jq \
	procps util-linux e2fsprogs strace busybox-static clang-format mandoc \
	nginx redis-server postgresql
# For programs without shared libraries, and musl's libraries from source.
packages_static = $(packages_build) musl-tools gperf dpkg-dev
# For containers as docs/containers.md has them.
packages_oci = runc crun podman python3-yaml
# For virtual machines, which bring their own kernel.
packages_vm = $(packages_build) python3 jq busybox-static cpio e2fsprogs \
	kmod qemu-system-x86

# What the daemon is linked with.
supd_libs = -linih -ljansson -lcap -lseccomp

# Files that have a main; all others may be linked with any of them.
mains = $(shell grep -lE '^(int )?main\>' /dev/null $(1))
lib_src := $(sort $(wildcard lib/*.c))
supd_src := $(sort $(wildcard supd/*.c supd/*/*.c))
supctl_src := $(sort $(wildcard supctl/*.c))
sim_src := $(sort $(wildcard tests/sim/*.c))
unit_src := $(sort $(wildcard tests/unit/*.c))
supd_main := $(call mains,$(supd_src))
supctl_main := $(call mains,$(supctl_src))
unit_main := $(call mains,$(unit_src))
unit_kits := $(foreach f,$(unit_src),$(if $(findstring _kit,$(f)),$(f)))

object = $(patsubst %.c,$(BUILD)/%.o,$(1))
unit_programs = $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(unit_main))
programs = $(BUILD)/bin/supd $(BUILD)/bin/supctl
sources := $(lib_src) $(supd_src) $(supctl_src) $(sim_src) $(unit_src)
formatted := $(sources) $(sort $(wildcard lib/*.h supd/*.h supd/*/*.h \
	supctl/*.h tests/*/*.h))

all: $(programs)

$(BUILD)/bin/supd: $(call object,$(supd_main)) $(BUILD)/libsupd.a
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(supd_libs)

$(BUILD)/bin/supctl: $(call object,$(supctl_main)) $(BUILD)/libsupctl.a
	@mkdir -p $(@D)
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ -ljansson -lm

# Appended, not replaced: rooms of different wings may bear one name.
$(BUILD)/libsupd.a: $(call object,$(filter-out $(supd_main),$(supd_src)) \
    $(lib_src))
	@rm -f $@
	$(call quiet,AR  )$(AR) qcs $@ $^

$(BUILD)/libsupctl.a: $(call object,$(filter-out $(supctl_main),$(supctl_src)) \
    $(lib_src))
	@rm -f $@
	$(call quiet,AR  )$(AR) qcs $@ $^

# A compiler of our own is a file, and what it made is old once it is new.
$(BUILD)/%.o: %.c Makefile $(wildcard $(CC))
	@mkdir -p $(@D)
	$(call quiet,CC  )$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

-include $(patsubst %.c,$(BUILD)/%.d,$(sources))

# The protocol's text becomes part of this object.
$(BUILD)/lib/interface.o: lib/io.supd.Control.varlink

# Unit tests: a file with a main is a program; NAME_kit.c and NAME_kit_*.c go
# into those whose name begins with NAME_, and tests of the client begin with
# supctl_.
name_of = $(basename $(notdir $(1)))
kits_of = $(foreach k,$(unit_kits),$(if $(filter \
	$(firstword $(subst _kit, ,$(call name_of,$(k))))%,$(call name_of,$(1))),$(k)))
archive_of = $(BUILD)/$(if $(filter supctl%,$(call name_of,$(1))),libsupctl.a,libsupd.a)

define unit_program
$(BUILD)/unit/$(call name_of,$(1)): \
    $(call object,$(1) $(filter-out $(1),$(call kits_of,$(1)))) \
    $(call archive_of,$(1))
	@mkdir -p $$(@D)
	$$(call quiet,LINK)$$(CC) $$(CFLAGS) $$(LDFLAGS) -o $$@ $$^ -lcmocka $(supd_libs) -lm
endef
$(foreach t,$(unit_main),$(eval $(call unit_program,$(t))))

# The simulation has a core of its own, with bounds made small.
sim_core := $(sort $(wildcard supd/core/*.c)) lib/must.c
sim_object = $(patsubst %.c,$(BUILD)/small/%.o,$(1))

$(BUILD)/sim: $(call sim_object,$(sim_src) $(sim_core))
	$(call quiet,LINK)$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^

$(BUILD)/small/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call quiet,CC  )$(CC) $(CPPFLAGS) -include tests/sim/small.h $(CFLAGS) -MMD -MP -c \
	    -o $@ $<

-include $(patsubst %.c,$(BUILD)/small/%.d,$(sim_src) $(sim_core))

test-programs: $(unit_programs) $(if $(sim_src),$(BUILD)/sim)
list-unit:
	@printf '%s\n' $(unit_programs)

# Running it. supd wants a configuration that only root may write if it runs as
# root; a checkout of somebody else's is copied.
deps-run:
	@.ci/deps $(packages_build)
deps:
	@.ci/deps $(packages_check)
deps-vm:
	@.ci/deps $(packages_vm)
deps-static:
	@.ci/deps $(packages_static)
# What cannot be had is tested otherwise, or its tests are skipped.
deps-all: deps
	@.ci/deps $(packages_static) || echo "the check goes on without those"
	@.ci/deps $(packages_vm) || echo "the check goes on without those"
	@.ci/deps $(packages_oci) || echo "the check goes on without those"

run: deps-run
	@$(MAKE) -s --no-print-directory all
	@conf=conf.d; \
	if [ "$$(id -u)" -eq 0 ] && \
	    [ -n "$$(find conf.d ! -user 0 -o -perm /022)" ]; then \
		conf=$(BUILD)/run/conf.d; \
		$(INSTALL) -d $$conf && $(INSTALL) -m 644 conf.d/* $$conf && \
		echo "conf.d can be written by others, which supd does not" \
		    "take from root: it runs a copy, $$conf"; \
	fi; \
	echo "In a second terminal: $(BUILD)/bin/supctl status" \
	    "(Ctrl-C here ends supd)"; \
	exec $(BUILD)/bin/supd -c $$conf

# Programs that run where nothing else is. Without network or root it is the
# libraries that are here.
static_libs = $(abspath $(BUILD))/static/libs
static: deps-run
	@.ci/deps $(packages_static) || echo "static: goes on without those"
	@.ci/static-libs $(BUILD)/static/libs
	@$(MAKE) $(if $(V),,-s) --no-print-directory BUILD=$(BUILD)/static \
	    CC=$(static_libs)/cc all
	@for program in supd supctl; do \
		file=$(BUILD)/static/bin/$$program; \
		echo "$$file: $$(stat -c %s $$file) bytes," \
		    "$$(cat $(static_libs)/libc)"; \
	done

# Measuring it: figures, which nothing is judged by.
bench: all
	@bench/bench.py --bin $(BUILD)/bin

# Checking it.
check: deps-all
	+@tests/check.py --make '$(MAKE)' --cc '$(CC)' --build $(BUILD) \
	    build tidy unit sim static e2e asan vm
check-vm: deps-vm
build-check tidy unit sim-check e2e asan-check static-check check-vm:
	+@tests/check.py --make '$(MAKE)' --cc '$(CC)' --build $(BUILD) \
	    build $(filter-out build,$(patsubst check-%,%,$(@:-check=)))

SEED = 1
STEPS = 1000000
sim: $(BUILD)/sim
	$(BUILD)/sim --seed $(SEED) --steps $(STEPS)

asan:
	$(MAKE) BUILD=$(BUILD)/asan OPTIMIZE='$(SANITIZE)' all test-programs

# Each of these is asked if it is there; clang is the second opinion. Left out
# is what takes our idioms, or clang 14's own va_list, for mistakes.
tidy_checks = -*,bugprone-*,clang-analyzer-*,$\
	-bugprone-easily-swappable-parameters,$\
	-bugprone-reserved-identifier,-bugprone-narrowing-conversions,$\
	-bugprone-implicit-widening-of-multiplication-result,$\
	-bugprone-sizeof-expression,-bugprone-suspicious-string-compare,$\
	-bugprone-branch-clone,-clang-analyzer-valist.Uninitialized,$\
	-clang-analyzer-security.insecureAPI.DeprecatedOrUnsafeBufferHandling

analyze:
	$(MAKE) CC=gcc BUILD=$(BUILD)/analyze OPTIMIZE='-O1 -fanalyzer' all
	if command -v clang >/dev/null; then \
	    $(MAKE) CC=clang BUILD=$(BUILD)/clang all test-programs; fi
	if command -v cppcheck >/dev/null; then \
	    cppcheck --quiet --std=c11 --enable=warning,portability \
	    --inline-suppr --error-exitcode=1 -I. -Isupd -D_GNU_SOURCE \
	    $(lib_src) $(supd_src) $(supctl_src); fi
	if command -v clang-tidy >/dev/null; then \
	    for file in $(lib_src) $(supd_src) $(supctl_src); do \
		clang-tidy --quiet --warnings-as-errors='*' \
		    --checks='$(tidy_checks)' $$file -- $(CPPFLAGS) -std=c17 \
		    2>/dev/null || failed=1; \
	    done; [ -z "$$failed" ]; fi

# Needs clang. TARGET names a file of tests/fuzz.
TARGET = conf
SECONDS = 60
fuzz_flags = -O1 -fno-omit-frame-pointer -fsanitize=address,undefined
fuzz:
	$(MAKE) CC=clang BUILD=$(BUILD)/fuzz \
	    OPTIMIZE='$(fuzz_flags) -fsanitize=fuzzer-no-link' \
	    $(BUILD)/fuzz/libsupd.a $(BUILD)/fuzz/tests/fuzz/$(TARGET).o
	clang $(fuzz_flags) -fsanitize=fuzzer -o $(BUILD)/fuzz/$(TARGET) \
	    $(BUILD)/fuzz/tests/fuzz/$(TARGET).o $(BUILD)/fuzz/libsupd.a \
	    -linih -ljansson
	mkdir -p $(BUILD)/fuzz/corpus-$(TARGET)
	$(BUILD)/fuzz/$(TARGET) -max_len=4096 -max_total_time=$(SECONDS) \
	    $(BUILD)/fuzz/corpus-$(TARGET) conf.d

fmt:
	clang-format -i $(formatted)
fmt-check:
	clang-format --dry-run -Werror $(formatted)

# Installing it.
man_pages = docs/supctl.1 docs/supd.conf.5 docs/supd-protocol.7 docs/supd.8
bash_dir = $(DESTDIR)$(prefix)/share/bash-completion/completions
zsh_dir = $(DESTDIR)$(prefix)/share/zsh/site-functions
man_dir = $(DESTDIR)$(mandir)/man$(subst .,,$(suffix $(1)))

install: all
	$(INSTALL) -d $(DESTDIR)$(sbindir) $(DESTDIR)$(bindir) \
	    $(DESTDIR)$(docdir)/conf.d
	$(INSTALL) -m 755 $(BUILD)/bin/supd $(DESTDIR)$(sbindir)/supd
	$(INSTALL) -m 755 $(BUILD)/bin/supctl $(DESTDIR)$(bindir)/supctl
	$(INSTALL) -m 644 conf.d/* $(DESTDIR)$(docdir)/conf.d
	$(INSTALL) -m 644 README.md CHANGELOG.md LICENSE docs/*.md \
	    lib/io.supd.Control.varlink $(DESTDIR)$(docdir)
	$(INSTALL) -d $(bash_dir) $(zsh_dir)
	$(BUILD)/bin/supctl completion bash >$(bash_dir)/supctl
	$(BUILD)/bin/supctl completion zsh >$(zsh_dir)/_supctl
	chmod 644 $(bash_dir)/supctl $(zsh_dir)/_supctl
	$(foreach m,$(man_pages),$(INSTALL) -d $(call man_dir,$(m)) && \
	    $(INSTALL) -m 644 $(m) $(call man_dir,$(m))/ &&) :

uninstall:
	rm -f $(DESTDIR)$(sbindir)/supd $(DESTDIR)$(bindir)/supctl
	rm -f $(bash_dir)/supctl $(zsh_dir)/_supctl
	rm -f $(foreach m,$(man_pages),$(call man_dir,$(m))/$(notdir $(m)))
	rm -rf $(DESTDIR)$(docdir)

clean:
	rm -rf $(BUILD)

.PHONY: all test-programs list-unit deps deps-run deps-static deps-vm deps-all \
	run static check build-check tidy bench unit sim-check e2e asan-check \
	static-check check-vm sim asan analyze fuzz fmt fmt-check install \
	uninstall clean
