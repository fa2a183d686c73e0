/* The packed form of sources; see sources.h. */
#include "conf/sources.h"

#include <string.h>

#include "lib/limits.h"

#define MAGIC UINT64_C(0x666e6f6364707573) /* "supdconf" */
#define VERSION 1u

struct header {
	uint64_t magic;
	uint32_t version;
	uint32_t count;
	uint64_t bytes; /* of all that follows */
	uint64_t sum;   /* of all that follows */
};

struct entry {
	uint32_t kind;
	int32_t error;
	uint64_t path_bytes;
	uint64_t text_bytes;
};

/* FNV-1a: it finds damage, it is no seal. */
static uint64_t
checksum(const char *bytes, size_t n)
{
	uint64_t sum = UINT64_C(14695981039346656037);

	for (size_t i = 0; i < n; i++)
		sum = (sum ^ (unsigned char)bytes[i]) * UINT64_C(1099511628211);
	return sum;
}

static char *
put(char *at, const void *bytes, size_t n)
{
	memcpy(at, bytes, n);
	return at + n;
}

const char *
sources_pack(const struct sources *sources, size_t *bytes)
{
	struct header header = { MAGIC, VERSION, sources->count, 0, 0 };
	char *all, *at;

	for (const struct source *one = sources->first; one != NULL;
	     one = one->next)
		header.bytes +=
		    sizeof(struct entry) + strlen(one->path) + one->bytes;
	*bytes = sizeof(header) + header.bytes;
	all = arena_take(sources->arena, *bytes);
	if (all == NULL)
		return NULL;
	at = all + sizeof(header);
	for (const struct source *one = sources->first; one != NULL;
	     one = one->next) {
		struct entry entry = { one->kind, one->error, strlen(one->path),
			one->bytes };

		at = put(at, &entry, sizeof(entry));
		at = put(at, one->path, entry.path_bytes);
		at = put(at, one->text, entry.text_bytes);
	}
	header.sum = checksum(all + sizeof(header), header.bytes);
	put(all, &header, sizeof(header));
	return all;
}

/* The next source of *at; false if there is no whole one before end. */
static bool
unpack_one(struct sources *sources, const char **at, const char *end)
{
	const char *path, *text;
	struct entry entry;
	size_t left = (size_t)(end - *at);

	if (left < sizeof(entry))
		return false;
	memcpy(&entry, *at, sizeof(entry));
	left -= sizeof(entry);
	if (entry.kind > SOURCE_GROUPS || entry.path_bytes > left ||
	    entry.text_bytes > left - entry.path_bytes)
		return false;
	path = *at + sizeof(entry);
	text = path + entry.path_bytes;
	*at = text + entry.text_bytes;
	path = arena_copy(sources->arena, path, entry.path_bytes);
	text = arena_copy(sources->arena, text, entry.text_bytes);
	return path != NULL && text != NULL &&
	       sources_add(sources, entry.kind, path, text, entry.text_bytes,
		   entry.error) != NULL;
}

bool
sources_unpack(struct sources *sources, const char *snapshot, size_t bytes)
{
	const char *at = snapshot + sizeof(struct header);
	const char *end = snapshot + bytes;
	struct header header;

	sources->frozen = true;
	if (bytes < sizeof(header))
		return false;
	memcpy(&header, snapshot, sizeof(header));
	if (header.magic != MAGIC || header.version != VERSION ||
	    header.bytes != bytes - sizeof(header) ||
	    header.sum != checksum(at, header.bytes))
		return false;
	for (uint32_t i = 0; i < header.count; i++)
		if (!unpack_one(sources, &at, end))
			return false;
	return at == end;
}
