#include "image.h"

#include <string.h>

#include "core/state.h"

bool
image_is_due(const struct core *core, uint32_t node)
{
	return (core_record(core, node)->flags & FLAG_DUE) != 0;
}

/* Of the marks only those that are in use matter. */
bool
image_differs(const void *saved, const struct core *core)
{
	const struct image *mirror = saved, *image = core_image(core);
	size_t after = offsetof(struct image, marks) + sizeof(image->marks);

	for (uint32_t i = 0; i < core_count(core); i++) {
		const struct record *r = core_record(core, i);

		if (memcmp(&mirror->marks[r->marks_base],
			&image->marks[r->marks_base],
			r->marks_count * sizeof(image->marks[0])) != 0)
			return true;
	}
	return memcmp(mirror, image, offsetof(struct image, marks)) != 0 ||
	       memcmp((const char *)mirror + after, (const char *)image + after,
		   sizeof(*image) - after) != 0;
}
