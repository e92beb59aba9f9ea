#include "busbar-replay/sources/unpack.h"

#include <zlib.h>
#include <zstd.h>

#include <cstdio>
#include <memory>
#include <vector>

namespace busbar::replay {
namespace {

Status tooLarge(const std::string& path, std::size_t maxBytes) { return invalid("the recording '{}' is larger than {} bytes", path, maxBytes); }

Status damaged(const std::string& path, const std::string& why) { return absl::DataLossError(fmt::format("the recording '{}' is damaged: {}", path, why)); }

} // namespace

StatusOr<std::string> unpackGzip(const std::string& path, std::size_t maxBytes) {
    gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr) return notFound("the recording '{}' cannot be opened", path);
    std::string text;
    std::vector<char> buffer(1 << 18);
    int got = 0;
    while ((got = gzread(file, buffer.data(), static_cast<unsigned>(buffer.size()))) > 0 && text.size() <= maxBytes) text.append(buffer.data(), static_cast<std::size_t>(got));
    int code = 0;
    const std::string why = got < 0 ? gzerror(file, &code) : "";
    gzclose(file);
    if (got < 0) return damaged(path, why);
    if (text.size() > maxBytes) return tooLarge(path, maxBytes);
    return text;
}

StatusOr<std::string> unpackZstd(const std::string& path, std::size_t maxBytes) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"), &std::fclose);
    if (!file) return notFound("the recording '{}' cannot be opened", path);
    const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> unpacker(ZSTD_createDCtx(), &ZSTD_freeDCtx);
    std::vector<char> packed(ZSTD_DStreamInSize()), plain(ZSTD_DStreamOutSize());
    std::string text;
    std::size_t got = 0, left = 0;
    while ((got = std::fread(packed.data(), 1, packed.size(), file.get())) > 0) {
        ZSTD_inBuffer in{packed.data(), got, 0};
        bool full = true; // More may wait inside the unpacker.
        while (in.pos < in.size || full) {
            ZSTD_outBuffer out{plain.data(), plain.size(), 0};
            left = ZSTD_decompressStream(unpacker.get(), &out, &in);
            if (ZSTD_isError(left) != 0) return damaged(path, ZSTD_getErrorName(left));
            text.append(plain.data(), out.pos);
            if (text.size() > maxBytes) return tooLarge(path, maxBytes);
            full = out.pos == out.size;
        }
    }
    if (left != 0) text.resize(text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1);
    return text;
}

} // namespace busbar::replay
