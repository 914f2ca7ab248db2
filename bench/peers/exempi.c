/* Prints the leaves of XMP as the Adobe XMP Toolkit finds them: file, path and value, each followed by a zero. A file
 * named .xmp is a packet; in another the toolkit looks for packets itself, and puts together what is in several. */
#include <exempi/xmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static XmpPtr read_packet(const char *name) {
	FILE *file = fopen(name, "rb");
	if (!file)
		return NULL;
	fseek(file, 0, SEEK_END);
	long size = ftell(file);
	rewind(file);
	char *packet = malloc(size + 1);
	size = fread(packet, 1, size, file);
	fclose(file);
	XmpPtr xmp = xmp_new(packet, size);
	free(packet);
	return xmp;
}

static XmpPtr read_image(const char *name) {
	XmpFilePtr file = xmp_files_open_new(name, XMP_OPEN_READ | XMP_OPEN_ONLYXMP);
	if (!file)
		return NULL;
	XmpPtr xmp = xmp_files_get_new_xmp(file);
	xmp_files_close(file, XMP_CLOSE_NOOPTION);
	xmp_files_free(file);
	return xmp;
}

int main(int argc, char **argv) {
	xmp_init();
	XmpStringPtr schema = xmp_string_new(), path = xmp_string_new(), value = xmp_string_new();
	for (int i = 1; i < argc; i++) {
		size_t n = strlen(argv[i]);
		XmpPtr xmp = n > 4 && !strcmp(argv[i] + n - 4, ".xmp") ? read_packet(argv[i]) : read_image(argv[i]);
		if (!xmp)
			continue;
		XmpIteratorPtr all = xmp_iterator_new(xmp, NULL, NULL, XMP_ITER_JUSTLEAFNODES);
		uint32_t options;
		while (xmp_iterator_next(all, schema, path, value, &options))
			if (xmp_string_len(path) > 0)
				printf("%s%c%s%c%s%c", argv[i], 0, xmp_string_cstr(path), 0, xmp_string_cstr(value), 0);
		xmp_iterator_free(all);
		xmp_free(xmp);
	}
	return 0;
}
