using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.Programs;

/// <summary>
/// Answers clients that close their sending side after a request, as <c>nc -N</c> does. Kestrel takes that for the end of the connection:
/// it aborts what runs, and refuses a body with whose last bytes the end was read, although it is complete. Here it is not notified, and
/// sees the end after it has examined the bytes before it: after the last request, or in the middle of one, which is then refused. A
/// client that is gone altogether is noticed when its answer is written.
/// </summary>
internal static class HalfClosedConnections
{
    /// <summary>Answers them on the connections of a listener; to be called before TLS is added.</summary>
    public static void AnswerHalfClosed(this IConnectionBuilder listener) => listener.Use(static next => connection =>
    {
        connection.ConnectionClosed = CancellationToken.None;
        connection.Transport = new Transport(new LateEndReader(connection.Transport.Input), connection.Transport.Output);
        return next(connection);
    });

    private sealed record Transport(PipeReader Input, PipeWriter Output) : IDuplexPipe;

    private sealed class LateEndReader(PipeReader inner) : PipeReader
    {
        // The last bytes, while they are read; and whether all of them were examined.
        private ReadOnlySequence<byte>? _last;
        private bool _isExamined;

        // Pooled, because every request waits here.
        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
        public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
            Shown(await inner.ReadAsync(cancellationToken).ConfigureAwait(false));

        public override bool TryRead(out ReadResult result)
        {
            bool isRead = inner.TryRead(out result);
            result = isRead ? Shown(result) : result;
            return isRead;
        }

        public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
        {
            _isExamined = _last is { } last && last.Slice(examined).IsEmpty;
            _last = null;
            inner.AdvanceTo(consumed, examined);
        }

        public override void CancelPendingRead() => inner.CancelPendingRead();

        public override void Complete(Exception? exception = null) => inner.Complete(exception);

        public override ValueTask CompleteAsync(Exception? exception = null) => inner.CompleteAsync(exception);

        private ReadResult Shown(ReadResult result)
        {
            if (!result.IsCompleted || result.Buffer.IsEmpty || _isExamined)
            {
                return result;
            }

            _last = result.Buffer;
            return new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
        }
    }
}
