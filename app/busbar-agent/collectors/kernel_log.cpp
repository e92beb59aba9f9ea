#include "busbar-agent/collectors/kernel_log.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace busbar::agent {
namespace {

constexpr std::size_t kLongestRecord = 8192; // CONSOLE_EXT_LOG_MAX of the kernel; a shorter buffer gets EINVAL.
constexpr int kKernelFacility = 0;           // syslog(3): LOG_KERN, which programs cannot claim.

class File {
public:
    explicit File(int fd) : m_fd(fd) {}
    ~File() { close(m_fd); }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    ssize_t read(std::array<char, kLongestRecord>& buffer) const { return ::read(m_fd, buffer.data(), buffer.size()); }

private:
    int m_fd;
};

class RingBuffer final : public KernelLog {
public:
    explicit RingBuffer(int fd) : m_file(fd) {}
    Read read(std::string& record) override {
        std::array<char, kLongestRecord> buffer{};
        const ssize_t got = m_file.read(buffer);
        if (got < 0 && errno == EPIPE) return Read::overrun;
        if (got <= 0) return Read::nothing;
        record.assign(buffer.data(), static_cast<std::size_t>(got));
        return Read::record;
    }

private:
    File m_file;
};

class RecordFile final : public KernelLog {
public:
    explicit RecordFile(int fd) : m_file(fd) {}
    Read read(std::string& record) override {
        for (auto end = m_pending.find('\n'); ; end = m_pending.find('\n')) {
            if (end != std::string::npos) {
                record = m_pending.substr(0, end);
                m_pending.erase(0, end + 1);
                return Read::record;
            }
            std::array<char, kLongestRecord> buffer{};
            const ssize_t got = m_file.read(buffer);
            if (got <= 0) return Read::nothing; // A line without its end is still being written.
            m_pending.append(buffer.data(), static_cast<std::size_t>(got));
        }
    }

private:
    File m_file;
    std::string m_pending;
};

int hexDigit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

std::string unescaped(const std::string& text) {
    std::string plain;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '\\' && i + 3 < text.size() && text[i + 1] == 'x' && hexDigit(text[i + 2]) >= 0 && hexDigit(text[i + 3]) >= 0;
        plain += escape ? static_cast<char>(hexDigit(text[i + 2]) * 16 + hexDigit(text[i + 3])) : text[i];
        if (escape) i += 3;
    }
    return plain;
}

} // namespace

std::optional<KernelLine> parseKmsg(const std::string& record) {
    const auto semicolon = record.find(';');
    if (semicolon == std::string::npos || record.empty() || std::isdigit(static_cast<unsigned char>(record[0])) == 0) return std::nullopt;
    const std::vector<std::string> fields = absl::StrSplit(record.substr(0, semicolon), ',');
    KernelLine line;
    int priority = 0;
    if (fields.size() < 3 || !absl::SimpleAtoi(fields[0], &priority) || !absl::SimpleAtoi(fields[1], &line.sequence) || !absl::SimpleAtoi(fields[2], &line.bootUs)) return std::nullopt;
    line.level = priority & 7;
    line.fromKernel = (priority >> 3) == kKernelFacility;
    const auto end = record.find('\n', semicolon); // After it: " SUBSYSTEM=…" and other keys.
    line.text = unescaped(record.substr(semicolon + 1, end == std::string::npos ? end : end - semicolon - 1));
    return line;
}

StatusOr<std::unique_ptr<KernelLog>> openKernelLog(const std::string& path) {
    const int fd = open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) return unavailable("the kernel log '{}' cannot be read: {}", path, std::strerror(errno));
    struct stat info {};
    if (fstat(fd, &info) == 0 && S_ISCHR(info.st_mode)) return std::unique_ptr<KernelLog>(std::make_unique<RingBuffer>(fd));
    return std::unique_ptr<KernelLog>(std::make_unique<RecordFile>(fd));
}

} // namespace busbar::agent
