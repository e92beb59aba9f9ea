#include "widgets/views/plan/tenant_part.h"

#include "widgets/views/parts/surface.h"
#include "widgets/views/parts/text.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QVBoxLayout>

namespace busbar::views {

namespace {

constexpr int kTextHeight = 138;

} // namespace

TenantPart::TenantPart(QWidget* parent)
    : QWidget(parent), m_head(makeSection({}, {}, this)), m_told(new Line(this)), m_text(new QPlainTextEdit(this)), m_copy(new Button(QStringLiteral("Copy"), {}, this)) {
    auto* column = columnLayout(this);
    column->addWidget(makeRule(this));
    column->addWidget(m_head);
    m_text->setObjectName(QStringLiteral("tenantText"));
    m_text->setAccessibleName(QStringLiteral("text for the tenants"));
    m_text->setReadOnly(true);
    m_text->setTabChangesFocus(true);
    m_text->setFixedHeight(kTextHeight);
    m_text->setFont(face(kDensePx));
    column->addWidget(m_text);
    auto* row = rowLayout();
    row->setContentsMargins(0, 6, 0, 0);
    m_copy->setObjectName(QStringLiteral("copyTenantText"));
    m_copy->setAutoDefault(false);
    row->addWidget(m_copy);
    row->addWidget(m_told, 1);
    column->addLayout(row);
    connect(m_copy, &QPushButton::clicked, this, &TenantPart::copy);
    hide();
}

void TenantPart::setTexts(const QVector<TenantText>& texts) {
    QStringList all;
    for (const TenantText& one : texts) all << one.text;
    const QString caption = texts.size() == 1 ? QStringLiteral("nothing is sent: copy it") : QStringLiteral("%1 texts, nothing is sent: copy them").arg(texts.size());
    m_head->setRuns({strong(texts.size() == 1 ? QStringLiteral("Text for the tenant") : QStringLiteral("Texts for the tenants"), kBasePx), plain(caption, Tone::muted)});
    m_text->setPlainText(all.join(QStringLiteral("\n\n")));
    m_told->setRuns({});
    setVisible(!texts.isEmpty());
}

void TenantPart::copy() {
    QGuiApplication::clipboard()->setText(m_text->toPlainText());
    Run done = plain(QStringLiteral("copied"), Tone::muted);
    done.sign = Sign::check;
    m_told->setRuns({done});
}

} // namespace busbar::views
