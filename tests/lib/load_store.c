/* load-store DUMP FOLDER: makes a state folder from DUMP, a text that mdb_dump wrote. */
#include "../unit/store_dump.h"

int main(int argc, char **argv)
{
	if (argc != 3) {
		fputs("usage: load-store DUMP FOLDER\n", stderr);
		return 1;
	}
	int rc = store_dump_load(argv[1], argv[2]);
	if (rc != 0)
		fprintf(stderr, "load-store: %s can't be loaded into %s: %s\n", argv[1], argv[2],
			mdb_strerror(rc));
	return rc != 0;
}
