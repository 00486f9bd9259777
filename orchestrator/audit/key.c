#include "audit/key.h"

#include "base/banned.h"
#include "base/mem.h"
#include "store/errors.h"
#include "store/store.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_FILE_BYTES 16384 /* a longer file is not a key that we wrote */
#define KEY_BYTES 32
#define SIGNATURE_BYTES 64

bool audit_is_hex(const char *text, size_t digits)
{
	return text != NULL && strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static void to_hex(const uint8_t *bytes, size_t length, char *out)
{
	for (size_t i = 0; i < length; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static void from_hex(const char *hex, uint8_t *out, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out[i] = (uint8_t)strtoul((const char[]){ hex[2 * i], hex[2 * i + 1], '\0' }, NULL, 16);
}

/* Gives no passphrase. Without this callback OpenSSL would ask the terminal for the passphrase of
 * an encrypted file. */
static int no_passphrase(char *out, int size, int writing, void *argument)
{
	(void)out, (void)size, (void)writing, (void)argument;
	return 0;
}

static int take_public(EVP_PKEY *pkey, char public_hex[AUDIT_KEY_HEX_SIZE])
{
	uint8_t bytes[KEY_BYTES];
	size_t length = sizeof bytes;

	if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 ||
		EVP_PKEY_get_raw_public_key(pkey, bytes, &length) != 1 || length != sizeof bytes)
		return -1;
	to_hex(bytes, sizeof bytes, public_hex);
	return 0;
}

/* --- the file --- */

/* Reads from the descriptor to its end. */
static int read_whole(int fd, struct buf *text)
{
	char piece[4096];
	ssize_t got;

	while ((got = read(fd, piece, sizeof piece)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		buf_add(text, piece, (size_t)got);
		if (!buf_ok(text))
			break;
	}
	mem_wipe(piece, sizeof piece);
	return 0;
}

/* Checks that nobody else can read the key: they could write a log that passes as genuine. */
static int check_private(int fd, const char *path, struct err *err)
{
	struct stat status;

	if (fstat(fd, &status) < 0)
		return err_set(err, ERR_STORE, "AuditKeyUnreadable", "can't read the audit key %s: %s",
			path, strerror(errno));
	if (!S_ISREG(status.st_mode))
		return err_set(err, ERR_STORE, "AuditKeyInvalid", "the audit key %s is not a regular file",
			path);
	if (status.st_uid != geteuid() && geteuid() != 0)
		return err_set(err, ERR_STORE, "AuditKeyNotOurs",
			"the audit key %s belongs to another user (id %u); run as that user", path,
			(unsigned)status.st_uid);
	if ((status.st_mode & 077) != 0)
		return err_set(err, ERR_STORE, "AuditKeyOpen",
			"the audit key %s has mode %04o, so others can read it: find out who may have read it, "
			"then `chmod 600` it",
			path, (unsigned)(status.st_mode & 07777));
	return 0;
}

static int parse_pair(const struct buf *text, const char *path, struct audit_key *key,
	struct err *err)
{
	BIO *memory = BIO_new_mem_buf(text->data, (int)text->length);

	if (memory != NULL)
		key->pair = PEM_read_bio_PrivateKey(memory, NULL, no_passphrase, NULL);
	BIO_free(memory);
	if (key->pair != NULL && take_public(key->pair, key->public_hex) == 0)
		return 0;
	EVP_PKEY_free(key->pair);
	key->pair = NULL;
	return err_set(err, ERR_STORE, "AuditKeyInvalid",
		"the audit key %s holds no Ed25519 private key; restore it from a backup", path);
}

int audit_key_load(const char *folder, struct audit_key *key, struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/" AUDIT_KEY_FILE, folder);
	struct buf text;

	*key = (struct audit_key){ .pair = NULL };
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return 0;
	if (fd < 0)
		return err_set(err, ERR_STORE, "AuditKeyUnreadable", "can't read the audit key %s: %s",
			path,
			errno == ELOOP ? "it is a symbolic link, which is not followed" : strerror(errno));
	buf_init_secret(&text, KEY_FILE_BYTES);
	int result = check_private(fd, path, err);
	if (result == 0 && read_whole(fd, &text) < 0)
		result = err_set(err, ERR_STORE, "AuditKeyUnreadable", "can't read the audit key %s: %s",
			path, strerror(errno));
	close(fd);
	if (result == 0)
		result = parse_pair(&text, path, key, err);
	buf_release_secret(&text);
	return result;
}

static int write_whole(int fd, const char *data, size_t length)
{
	while (length > 0) {
		ssize_t wrote = write(fd, data, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return -1;
		data += wrote;
		length -= (size_t)wrote;
	}
	return fsync(fd);
}

static int sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -1;
	/* Some file systems don't support this: then the name is as durable as it gets. */
	int result = fsync(fd) < 0 && errno != EINVAL && errno != ENOTSUP ? -1 : 0;
	close(fd);
	return result;
}

/* Writes the file. It appears under its name as a whole or not at all, and never replaces another
 * one. */
static int place_file(const char *folder, const char *path, const char *data, size_t length)
{
	CLEANUP_FREE char *draft = xasprintf("%s.new", path);

	(void)unlink(draft); /* left by a start that was cut off; we hold the folder's lock */
	int fd = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -1;
	int result = fchmod(fd, 0600) < 0 || write_whole(fd, data, length) < 0 ? -1 : 0;
	int cause = errno;
	close(fd);
	errno = cause;
	if (result == 0) {
		result = renameat2(AT_FDCWD, draft, AT_FDCWD, path, RENAME_NOREPLACE);
		if (result < 0 && (errno == EINVAL || errno == ENOSYS)) /* the file system doesn't support
																   it: a hard link does the same */
			result = link(draft, path);
	}
	cause = errno;
	(void)unlink(draft);
	errno = cause;
	return result < 0 ? -1 : sync_folder(folder);
}

int audit_key_create(const char *folder, struct audit_key *key, struct err *err)
{
	CLEANUP_FREE char *path = xasprintf("%s/" AUDIT_KEY_FILE, folder);
	BIO *memory = BIO_new(BIO_s_secmem());
	char *data = NULL;
	int result = -1;

	*key = (struct audit_key){ .pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") };
	if (key->pair == NULL || memory == NULL || take_public(key->pair, key->public_hex) < 0 ||
		PEM_write_bio_PKCS8PrivateKey(memory, key->pair, NULL, NULL, 0, NULL, NULL) != 1) {
		(void)err_set(err, ERR_SYSTEM, "AuditKeyNotMade",
			"can't create a key pair for the audit log: libcrypto does not offer Ed25519");
	} else {
		long length = BIO_get_mem_data(memory, &data);
		result = place_file(folder, path, data, (size_t)length);
		if (result < 0)
			(void)!store_folder_error(folder, errno, "put the audit key into", err);
	}
	BIO_free(memory); /* this wipes the memory, which was allocated for secrets */
	if (result < 0)
		audit_key_release(key);
	return result;
}

void audit_key_release(struct audit_key *key)
{
	EVP_PKEY_free(key->pair); /* which wipes it */
	*key = (struct audit_key){ .pair = NULL };
}

/* --- signatures --- */

static void message_of(const char *what, const char *text, size_t length, struct buf *out)
{
	buf_init(out, strlen(what) + 1 + length);
	buf_add_string(out, what);
	buf_add_char(out, '\n');
	buf_add(out, text, length);
}

int audit_key_sign(const struct audit_key *key, const char *what, const char *text, size_t length,
	char signature[AUDIT_SIGNATURE_HEX_SIZE], struct err *err)
{
	uint8_t bytes[SIGNATURE_BYTES];
	size_t size = sizeof bytes;
	CLEANUP_BUF struct buf message = BUF_INIT(0);
	EVP_MD_CTX *context = EVP_MD_CTX_new();

	message_of(what, text, length, &message);
	bool ok = context != NULL && EVP_DigestSignInit(context, NULL, NULL, NULL, key->pair) == 1 &&
		EVP_DigestSign(context, bytes, &size, (const unsigned char *)message.data,
			message.length) == 1 &&
		size == sizeof bytes;
	EVP_MD_CTX_free(context);
	if (!ok)
		return err_set(err, ERR_STORE, "AuditNotSigned", "libcrypto can't sign with the audit key");
	to_hex(bytes, sizeof bytes, signature);
	return 0;
}

bool audit_key_verify(const char *public_hex, const char *what, const char *text, size_t length,
	const char *signature)
{
	uint8_t bytes[SIGNATURE_BYTES], raw[KEY_BYTES];
	CLEANUP_BUF struct buf message = BUF_INIT(0);

	if (!audit_is_hex(signature, 2 * sizeof bytes) || !audit_is_hex(public_hex, 2 * sizeof raw))
		return false;
	from_hex(signature, bytes, sizeof bytes);
	from_hex(public_hex, raw, sizeof raw);
	message_of(what, text, length, &message);
	EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, sizeof raw);
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok = pkey != NULL && context != NULL &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) == 1 &&
		EVP_DigestVerify(context, bytes, sizeof bytes, (const unsigned char *)message.data,
			message.length) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	return ok;
}

/* --- the public key for people --- */

int audit_key_pem(const struct audit_key *key, struct buf *out, struct err *err)
{
	BIO *memory = BIO_new(BIO_s_mem());
	char *data = NULL;
	bool ok = memory != NULL && PEM_write_bio_PUBKEY(memory, key->pair) == 1;

	if (ok) {
		long length = BIO_get_mem_data(memory, &data);
		buf_add(out, data, (size_t)length);
	}
	BIO_free(memory);
	return ok
		? 0
		: err_set(err, ERR_SYSTEM, "AuditKeyNotWritten", "libcrypto can't write the public key");
}

static int take_hex(const char *text, size_t length, char public_hex[AUDIT_KEY_HEX_SIZE])
{
	if (length != AUDIT_KEY_HEX_SIZE - 1)
		return -1;
	for (size_t i = 0; i < length; i++)
		public_hex[i] = text[i] >= 'A' && text[i] <= 'F' ? (char)(text[i] - 'A' + 'a') : text[i];
	public_hex[length] = '\0';
	return audit_is_hex(public_hex, length) ? 0 : -1;
}

int audit_key_parse(const char *argument, char public_hex[AUDIT_KEY_HEX_SIZE], struct err *err)
{
	CLEANUP_BUF struct buf text = BUF_INIT(KEY_FILE_BYTES);

	if (take_hex(argument, strlen(argument), public_hex) == 0)
		return 0;
	int fd = open(argument, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return err_set(err, ERR_USAGE, "NoKey",
			"--key takes 64 hexadecimal digits or the file of a public key, but the file %s can't "
			"be read: %s",
			argument, strerror(errno));
	int result = read_whole(fd, &text);
	close(fd);
	if (result == 0 && take_hex(text.data, strcspn(text.data, " \t\r\n"), public_hex) == 0)
		return 0;
	BIO *memory = BIO_new_mem_buf(text.data, (int)text.length);
	EVP_PKEY *pkey = memory != NULL ? PEM_read_bio_PUBKEY(memory, NULL, no_passphrase, NULL) : NULL;
	result = pkey != NULL ? take_public(pkey, public_hex) : -1;
	EVP_PKEY_free(pkey);
	BIO_free(memory);
	if (result < 0)
		return err_set(err, ERR_USAGE, "NoKey",
			"%s holds no Ed25519 public key; `reeve audit key` prints the public key of a log",
			argument);
	return 0;
}
