#include "busbarctl/output/recording_file.h"

#include "base/file_error.h"

#include <nlohmann/json.hpp>
#include <zstd.h>

#include <cerrno>

namespace busbar::ctl {
namespace {

constexpr int kLevel = 9; // Some kB a second: the level costs nothing here.
constexpr std::chrono::seconds kFlushEvery(1);

} // namespace

StatusOr<std::unique_ptr<RecordingFile>> RecordingFile::create(const std::string& path) {
    std::FILE* file = std::fopen(path.c_str(), "wbx");
    if (file == nullptr && errno == EEXIST) return refused("'{}' is there already: name another file, or remove it first", path);
    if (file == nullptr) return cannotBeMade(path, errno);
    return std::unique_ptr<RecordingFile>(new RecordingFile(path, file));
}

RecordingFile::RecordingFile(std::string path, std::FILE* file)
    : m_path(std::move(path)), m_file(file), m_packer(ZSTD_createCCtx()), m_out(ZSTD_CStreamOutSize(), '\0'), m_flushed(std::chrono::steady_clock::now()) {
    ZSTD_CCtx_setParameter(m_packer, ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(m_packer, ZSTD_c_checksumFlag, 1);
}

RecordingFile::~RecordingFile() {
    close().IgnoreError();
    ZSTD_freeCCtx(m_packer);
}

Status RecordingFile::add(const Json& line) {
    const auto now = std::chrono::steady_clock::now();
    const bool flush = now - m_flushed >= kFlushEvery;
    if (flush) m_flushed = now;
    return pack(line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n", flush ? ZSTD_e_flush : ZSTD_e_continue);
}

Status RecordingFile::close() {
    if (m_file == nullptr) return m_failed;
    pack("", ZSTD_e_end).IgnoreError(); // Kept in m_failed.
    if (std::fclose(std::exchange(m_file, nullptr)) != 0 && m_failed.ok()) m_failed = cannotBeWritten(m_path, errno);
    return m_failed;
}

Status RecordingFile::pack(const std::string& text, int directive) {
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    std::size_t left = 1;
    while (m_failed.ok() && (in.pos < in.size || (directive != ZSTD_e_continue && left != 0))) {
        ZSTD_outBuffer out{m_out.data(), m_out.size(), 0};
        left = ZSTD_compressStream2(m_packer, &out, &in, static_cast<ZSTD_EndDirective>(directive));
        if (ZSTD_isError(left) != 0)
            m_failed = internal("'{}': {}", m_path, ZSTD_getErrorName(left));
        else if (std::fwrite(m_out.data(), 1, out.pos, m_file) != out.pos)
            m_failed = cannotBeWritten(m_path, errno);
    }
    if (m_failed.ok() && directive != ZSTD_e_continue && std::fflush(m_file) != 0) m_failed = cannotBeWritten(m_path, errno);
    return m_failed;
}

} // namespace busbar::ctl
