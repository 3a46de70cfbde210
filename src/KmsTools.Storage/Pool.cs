using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>Idle connections.</summary>
internal sealed class Pool<T>(Func<T> open) : IDisposable
    where T : class, IDisposable
{
    private const int MaxIdle = 16;

    private readonly Lock _gate = new();
    private readonly Stack<T> _idle = [];
    private bool _isClosed;

    public T Rent()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(IStateStore));
            if (_idle.TryPop(out T? item))
            {
                return item;
            }
        }

        return open();
    }

    public void Return(T item)
    {
        lock (_gate)
        {
            if (!_isClosed && _idle.Count < MaxIdle)
            {
                _idle.Push(item);
                return;
            }
        }

        item.Dispose();
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            while (_idle.TryPop(out T? item))
            {
                item.Dispose();
            }
        }
    }
}
