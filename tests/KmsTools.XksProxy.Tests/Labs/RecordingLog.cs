using System.Collections.Concurrent;
using KmsTools.XksProxy.Logging;

namespace KmsTools.XksProxy.Labs;

/// <summary>A log that a test reads.</summary>
public sealed class RecordingLog : IXksProxyLog
{
    private readonly ConcurrentQueue<XksRequestRecord> _requests = new();
    private readonly ConcurrentQueue<XksProxyNotice> _notices = new();

    public IReadOnlyList<XksRequestRecord> Requests => [.. _requests];

    public IReadOnlyList<XksProxyNotice> Notices => [.. _notices];

    public XksRequestRecord Last => _requests.Last();

    public void Record(XksRequestRecord request) => _requests.Enqueue(request);

    public void Record(XksProxyNotice notice) => _notices.Enqueue(notice);
}
