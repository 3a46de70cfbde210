using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <summary>
/// A logged-in connection to the HSMs of a cluster. A call that uses a key goes to the least busy HSM that holds it, and to another one
/// when that one is lost; a call that creates or destroys keys goes to all.
/// </summary>
internal sealed partial class HsmConnection : IHsmConnection
{
    /// <summary>The HSMs that a call has tried are recorded in the bits of one word.</summary>
    public const int MaxHsms = 32;

    private const int MaxRandom = 1024;
    private const int Overhead = HsmSession.IvSize + HsmSession.TagSize;
    private const int Open = 0;
    private const int Disposed = 1;
    private const int Abandoned = 2;

    private readonly ImmutableArray<ClusterMember> _members;
    private readonly bool _isHighlyAvailable;
    private readonly HsmTimeLimits _limits;
    private readonly Action<HsmConnection> _closed;
    private uint _turn;
    private int _state;

    public HsmConnection(
        ImmutableArray<ClusterMember> members, bool isHighlyAvailable, HsmTimeLimits limits, Action<HsmConnection> closed)
    {
        _members = members;
        _isHighlyAvailable = isHighlyAvailable;
        _limits = limits;
        _closed = closed;
    }

    /// <inheritdoc/>
    public void Encrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext)
    {
        ThrowIfClosed();
        RequireId(id);
        if (ciphertext.Length != plaintext.Length + Overhead)
        {
            throw new ArgumentException("The ciphertext must be 28 bytes longer than the plaintext.", nameof(ciphertext));
        }

        EncryptCall call = new(plaintext, additionalData, ciphertext);
        Run(id, ref call);
    }

    /// <inheritdoc/>
    public void Decrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        ThrowIfClosed();
        RequireId(id);
        if (ciphertext.Length != plaintext.Length + Overhead)
        {
            throw new ArgumentException("The plaintext must be 28 bytes shorter than the ciphertext.", nameof(plaintext));
        }

        DecryptCall call = new(ciphertext, additionalData, plaintext);
        try
        {
            Run(id, ref call);
        }
        catch
        {
            CryptographicOperations.ZeroMemory(plaintext);
            throw;
        }
    }

    /// <inheritdoc/>
    public void GenerateRandom(Span<byte> buffer)
    {
        ThrowIfClosed();
        if (buffer.Length is 0 or > MaxRandom)
        {
            throw new ArgumentException("The buffer must have 1 to 1024 bytes.", nameof(buffer));
        }

        RandomCall call = new(buffer);
        Run([], ref call);
    }

    /// <inheritdoc/>
    public void Dispose() => Close(Disposed);

    /// <inheritdoc/>
    public void Abandon() => Close(Abandoned);

    private static void RequireId(ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty)
        {
            throw new ArgumentException("A key ID must not be empty.", nameof(id));
        }
    }

    private void ThrowIfClosed()
    {
        ObjectDisposedException.ThrowIf(_state == Disposed, this);
        if (_state == Abandoned)
        {
            throw new HsmException(HsmFailure.Unreachable, "The connection to the HSMs was closed.");
        }
    }

    private void Close(int state)
    {
        if (Interlocked.CompareExchange(ref _state, state, Open) != Open)
        {
            return;
        }

        foreach (ClusterMember member in _members)
        {
            try
            {
                HsmRegistry.Leave(member.Hsm);
            }
            catch (HsmException)
            {
                // It could not be notified, and forgets the login with the sessions. The others still have to be notified.
            }
        }

        _closed(this);
    }

    private void Run<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        if (_members.Length == 1)
        {
            _members[0].Hsm.RunPatiently(id, ref call);
            return;
        }

        CallFailures failures = default;
        uint tried = 0;
        while (Pick(id, tried) is >= 0 and int index)
        {
            tried |= 1u << index;
            try
            {
                _members[index].Hsm.Run(id, ref call);
                return;
            }
            catch (HsmException exception)
            {
                if (!failures.Add(index, exception))
                {
                    throw;
                }
            }
        }

        failures.ThrowForgery();

        // No healthy HSM could serve the call. Those that lack the key have said so; the others get a chance to come back.
        for (int index = 0; index < _members.Length; index++)
        {
            if (failures.HasAnswered(index))
            {
                continue;
            }

            try
            {
                _members[index].Hsm.RunPatiently(id, ref call);
                return;
            }
            catch (HsmException exception)
            {
                if (!failures.Add(index, exception))
                {
                    throw;
                }
            }
        }

        failures.Throw();
    }

    /// <summary>The least busy usable HSM that was not tried and is not known to lack the key; in turn if there are several.</summary>
    private int Pick(ReadOnlySpan<byte> id, uint tried)
    {
        long now = Environment.TickCount64;
        int first = (int)(Interlocked.Increment(ref _turn) % (uint)_members.Length);
        int best = -1;
        int least = int.MaxValue;
        for (int step = 0; step < _members.Length; step++)
        {
            int index = first + step;
            index = index < _members.Length ? index : index - _members.Length;
            if ((tried & (1u << index)) != 0)
            {
                continue;
            }

            Hsm hsm = _members[index].Hsm;
            if (!hsm.IsUsable(now))
            {
                hsm.ReconnectInBackground(now);
                continue;
            }

            if (hsm.Outstanding < least && !hsm.Lacks(id, now))
            {
                least = hsm.Outstanding;
                best = index;
            }
        }

        return best;
    }

    /// <summary>The answers of the HSMs to one call.</summary>
    private struct CallFailures
    {
        private uint _answered;
        private HsmException? _missing;
        private HsmException? _unreachable;
        private HsmException? _forgery;
        private HsmException? _other;

        /// <summary>Records the answer of an HSM.</summary>
        /// <returns>False when there is no point in asking another one.</returns>
        public bool Add(int index, HsmException exception)
        {
            switch (exception.Failure)
            {
                case HsmFailure.KeyNotFound:
                    _answered |= 1u << index;
                    _missing = exception;
                    return true;
                case HsmFailure.AuthenticationFailed:
                    // One HSM may be broken; two that agree are not.
                    bool isFirst = _forgery is null;
                    _forgery ??= exception;
                    return isFirst;
                case HsmFailure.Unreachable:
                    _unreachable ??= exception;
                    return true;
                default:
                    _answered |= 1u << index;
                    _other ??= exception;
                    return true;
            }
        }

        public readonly bool HasAnswered(int index) => (_answered & (1u << index)) != 0;

        public readonly void ThrowForgery()
        {
            if (_forgery is not null)
            {
                throw _forgery;
            }
        }

        // A key is truly missing only if every HSM answered.
        public readonly void Throw() => throw _forgery ?? _other ?? _unreachable ?? _missing!;
    }
}
