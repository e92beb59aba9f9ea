// Waiting times between tries: doubling from `firstMs` to `maxMs`, each drawn between half and the whole, so that thousands of agents do
// not come back in step. Not thread-safe: one per connection.
#pragma once

#include <algorithm>
#include <cstdint>
#include <random>

namespace busbar::transport {

class Backoff {
public:
    explicit Backoff(std::int64_t firstMs = 500, std::int64_t maxMs = 15'000, std::uint32_t seed = std::random_device{}())
        : m_firstMs(firstMs), m_maxMs(maxMs), m_nextMs(firstMs), m_random(seed) {}

    /// The next wait in milliseconds.
    std::int64_t next() {
        const std::int64_t whole = m_nextMs;
        m_nextMs = std::min(m_maxMs, m_nextMs * 2);
        return std::uniform_int_distribution<std::int64_t>(whole / 2, whole)(m_random);
    }
    /// After a success.
    void reset() { m_nextMs = m_firstMs; }

private:
    std::int64_t m_firstMs, m_maxMs, m_nextMs;
    std::minstd_rand m_random;
};

} // namespace busbar::transport
