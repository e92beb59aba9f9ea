// Signatures by the key of a program's own certificate (design.md §9, evidence is signed at its origin): ECDSA P-256 over SHA-256 of
//   <context> "\n" <bytes>
// where the context names what the bytes are, so that no signature of one thing passes for another (and none for a TLS handshake's).
// What was signed travels as it is, with the signer's certificate and its intermediates. Thread-safe.
#pragma once

#include "domain/action.h"
#include "transport/credentials.h"
#include "transport/identity.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace busbar::transport {

/// Signs with the key in files.key. The files are looked at before each signature and read again when they changed, so that a renewed
/// certificate counts without a restart; while a renewal has replaced only one of the two, the pair before it signs.
class Signer {
public:
    explicit Signer(TlsFiles files);
    ~Signer();
    Signer(const Signer&) = delete;
    Signer& operator=(const Signer&) = delete;

    /// The error names the file that is missing or wrong. Blocks on disk.
    StatusOr<SignedBytes> sign(std::string_view context, std::string bytes);

private:
    struct Pair;
    StatusOr<std::shared_ptr<const Pair>> current();
    StatusOr<std::shared_ptr<const Pair>> load() const;

    const TlsFiles m_files;
    std::mutex m_mutex; ///< guards the two below
    std::string m_stamp;
    std::shared_ptr<const Pair> m_pair;
};

/// Who signed it. Refused with a sentence: no signature, a certificate whose chain does not end in `rootsPem` or that was not valid at
/// `atWallMs` (the time of signing), an identity that its CA may not give, a signature of other bytes or of another key.
StatusOr<Identity> verifySigned(std::string_view context, const SignedBytes& what, const std::string& rootsPem, std::int64_t atWallMs);

/// SHA-256, 32 bytes; and as lower-case hex.
std::string sha256(std::string_view bytes);
std::string hexOf(std::string_view bytes);

} // namespace busbar::transport
