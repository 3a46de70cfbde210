using System.Buffers;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;

namespace KmsTools.Programs;

/// <summary>
/// The blocks of memory in which requests are received and responses are sent. They are zeroed before they are used again, because they may
/// contain plaintexts.
/// </summary>
internal sealed class ZeroingMemoryPool : MemoryPool<byte>
{
    private const int BlockSize = 4096;

    // 8 MiB; more at a time are left to the garbage collector.
    private const int MaxIdle = 2048;

    private readonly System.Collections.Concurrent.ConcurrentQueue<Block> _idle = new();

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _idle.TryDequeue(out Block? block) ? block : new Block(this);
    }

    protected override void Dispose(bool disposing) => _idle.Clear();

    private void Return(Block block)
    {
        CryptographicOperations.ZeroMemory(block.Memory.Span);
        if (_idle.Count < MaxIdle)
        {
            _idle.Enqueue(block);
        }
    }

    /// <summary>Makes the pools of Kestrel.</summary>
    internal sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new ZeroingMemoryPool();
    }

    // Pinned, because sockets read into it; so the collector leaves no copies of it behind.
    private sealed class Block(ZeroingMemoryPool pool) : IMemoryOwner<byte>
    {
        public Memory<byte> Memory { get; } = Allocate();

        public void Dispose() => pool.Return(this);

        private static Memory<byte> Allocate() =>
            System.Runtime.InteropServices.MemoryMarshal.CreateFromPinnedArray(
                GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true), 0, BlockSize);
    }
}
