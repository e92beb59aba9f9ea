#include "busbar/capture.h"

#include "busbar/fleet_views.h"
#include "busbar/window.h"
#include "widgets/views/parts/text.h"

#include <QImage>

#include <algorithm>

namespace busbar::console {

namespace {

constexpr int kPollMs = 50;
/// Polls without a change of what is there: the views have painted it by then.
constexpr int kSettledPolls = 8;
/// The overview's chart begins when the console does: its picture waits this long for a first line, which a fleet without a GPU in use never has.
constexpr int kTrendMs = 6'000;

} // namespace

Capture::Capture(LiveFleet& live, Window& window, ViewRef where, QString file, QObject* parent) : QObject(parent), m_live(live), m_window(window), m_where(std::move(where)), m_file(std::move(file)) {
    connect(&m_poll, &QTimer::timeout, this, &Capture::look);
    m_poll.start(kPollMs);
}

void Capture::look() {
    if (siteMissing().isEmpty() && nodeUnknown()) return end(kFailed, QStringLiteral("there is no node %1").arg(m_where.nodeId));
    const QString awaited = missing();
    if (!awaited.isEmpty()) {
        m_settled = 0;
        if (m_limit.hasExpired()) end(kNoData, awaited);
    } else if (++m_settled >= kSettledPolls && hasTrend()) {
        takePicture();
    }
}

bool Capture::hasTrend() const { return m_where.view != view_id::kOverview || m_window.views().hasTrend() || m_settled * kPollMs >= kTrendMs; }

QString Capture::siteMissing() const {
    QStringList silent;
    for (const store::SitePtr& site : m_live.fleet()->sites) {
        if (site->state() == store::SiteState::live) continue;
        const QString why = views::toQt(site->stateSentence());
        silent << QStringLiteral("site %1 gave no data in %2 s%3").arg(views::toQt(site->site())).arg(kLimitMs / 1000).arg(why.isEmpty() ? QString() : QStringLiteral(": ") + why);
    }
    return silent.join(QStringLiteral("; "));
}

bool Capture::nodeUnknown() const {
    if (m_where.view != view_id::kNode) return false;
    const QString site = views::siteOf(m_where.nodeId.toStdString());
    const auto& sites = m_live.fleet()->sites;
    return std::ranges::none_of(sites, [&](const store::SitePtr& known) { return views::toQt(known->site()) == site && known->findNode(views::nameOf(m_where.nodeId.toStdString()).toStdString()) < known->nodeCount(); });
}

QString Capture::missing() const {
    const QString silent = siteMissing();
    if (!silent.isEmpty()) return silent;
    QStringList waiting;
    for (const std::string& site : m_live.session().sites())
        if (!m_live.actions().synced(site)) waiting << views::toQt(site);
    if (m_where.view == view_id::kNode && !m_window.nodeComplete()) return QStringLiteral("site %1 said nothing about %2 in %3 s").arg(views::siteOf(m_where.nodeId.toStdString()), m_where.nodeId).arg(kLimitMs / 1000);
    if (m_where.view == view_id::kNodes && !m_window.views().ordered()) return QStringLiteral("the nodes were not in order after %1 s").arg(kLimitMs / 1000);
    return waiting.isEmpty() ? QString() : QStringLiteral("the actions of site %1 did not come in %2 s").arg(waiting.join(QStringLiteral(", "))).arg(kLimitMs / 1000);
}

void Capture::takePicture() {
    QWidget& frame = m_window.frame();
    QImage picture(frame.size(), QImage::Format_RGB32);
    picture.fill(Qt::black);
    frame.render(&picture);
    if (picture.save(m_file, "PNG")) return end(kWritten, {});
    end(kFailed, QStringLiteral("%1 cannot be written: does its folder exist, and may you write there?").arg(m_file));
}

void Capture::end(int exitCode, const QString& sentence) {
    m_poll.stop();
    Q_EMIT finished(exitCode, sentence);
}

} // namespace busbar::console
