#include "pids.h"

#include <sys/mman.h>

#include "lib/limits.h"
#include "lib/must.h"

#define BUCKETS 32768u
#define CAPACITY (LIMIT_NODES + PIDS_RELOADS)

struct pids {
	/* Heads of chains, oldest first, as index + 1; 0: empty. */
	uint32_t buckets[BUCKETS];
	struct pid_entry entries[CAPACITY];
	uint32_t free_head; /* index + 1 of the first free one that was used */
	uint32_t fresh;     /* entries from here on were never used */
	uint32_t reloads;
};

struct pids *
pids_open(void)
{
	void *memory = mmap(NULL, sizeof(struct pids), PROT_READ | PROT_WRITE,
	    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory != MAP_FAILED ? memory : NULL;
}

void
pids_close(struct pids *p)
{
	munmap(p, sizeof(*p));
}

static uint32_t *
bucket(struct pids *p, pid_t pid)
{
	return &p->buckets[(uint32_t)pid % BUCKETS];
}

uint32_t
pids_add(struct pids *p, const struct pid_entry *entry)
{
	uint32_t index, *link;

	must(entry->pid > 0);
	if (p->free_head != 0) {
		index = p->free_head - 1;
		p->free_head = p->entries[index].next;
	} else {
		must(p->fresh < CAPACITY);
		index = p->fresh++;
	}
	p->entries[index] = *entry;
	p->entries[index].next = 0;
	link = bucket(p, entry->pid);
	while (*link != 0)
		link = &p->entries[*link - 1].next;
	*link = index + 1;
	return index;
}

void
pids_remove(struct pids *p, uint32_t index)
{
	struct pid_entry *e = &p->entries[index];
	uint32_t *link = bucket(p, e->pid);

	must(pids_used(p, index));
	while (*link != index + 1)
		link = &p->entries[*link - 1].next;
	*link = e->next;
	if (e->reload)
		p->reloads--;
	e->pid = 0;
	e->next = p->free_head;
	p->free_head = index + 1;
}

uint32_t
pids_find(const struct pids *p, pid_t pid)
{
	uint32_t link;

	if (pid <= 0)
		return PIDS_NONE;
	link = p->buckets[(uint32_t)pid % BUCKETS];
	while (link != 0 && p->entries[link - 1].pid != pid)
		link = p->entries[link - 1].next;
	return link != 0 ? link - 1 : PIDS_NONE;
}

struct pid_entry *
pids_entry(struct pids *p, uint32_t index)
{
	must(index < CAPACITY);
	return &p->entries[index];
}

bool
pids_used(const struct pids *p, uint32_t index)
{
	return index < p->fresh && p->entries[index].pid > 0;
}

uint32_t
pids_capacity(const struct pids *p)
{
	return p->fresh;
}

void
pids_renumber(struct pids *p, const struct core *core)
{
	uint32_t i;

	for (i = 0; i < p->fresh; i++) {
		if (p->entries[i].pid > 0)
			p->entries[i].node =
			    core_by_uid(core, p->entries[i].uid);
	}
}

void
pids_mark_reload(struct pids *p, uint32_t index)
{
	p->entries[index].reload = true;
	p->reloads++;
}

uint32_t
pids_reloads(const struct pids *p)
{
	return p->reloads;
}
