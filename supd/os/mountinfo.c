#include "os/mountinfo.h"

#include <string.h>

void
mountinfo_decode(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' &&
		    text[2] >= '0' && text[2] <= '7' && text[3] >= '0' &&
		    text[3] <= '7') {
			*to++ = (char)((text[1] - '0') * 64 +
				       (text[2] - '0') * 8 + text[3] - '0');
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* The root is the fourth word and the point the fifth; between it and the type
 * stand words of which there may be any number, closed by a dash. */
bool
mountinfo_parse(char *line, struct mountinfo *info)
{
	char *save = NULL, *word, *type = strstr(line, " - ");
	int i;

	if (type == NULL)
		return false;
	*type = '\0';
	info->type = type + 3;
	info->type[strcspn(info->type, " \n")] = '\0';
	word = strtok_r(line, " ", &save);
	for (i = 0; word != NULL && i < 5; i++) {
		if (i == 3)
			info->root = word;
		if (i == 4)
			info->point = word;
		word = strtok_r(NULL, " ", &save);
	}
	if (i < 5)
		return false;
	mountinfo_decode(info->root);
	mountinfo_decode(info->point);
	return true;
}
