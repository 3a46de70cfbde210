using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <summary>A logged-in connection to the HSMs of a cluster: what makes or destroys keys goes to all, what uses them to the first that can.</summary>
internal sealed class HsmConnection : IHsmConnection
{
    private const int MaximumRandom = 1024;
    private const int Overhead = HsmSession.IvSize + HsmSession.TagSize;

    private readonly Pkcs11Library _library;
    private readonly ImmutableArray<(HsmToken Token, Hsm Hsm)> _hsms;
    private readonly Action<HsmConnection> _disposed;
    private int _isDisposed;

    public HsmConnection(Pkcs11Library library, ImmutableArray<(HsmToken Token, Hsm Hsm)> hsms, Action<HsmConnection> disposed)
    {
        _library = library;
        _hsms = hsms;
        _disposed = disposed;
    }

    /// <inheritdoc/>
    public ulong GenerateKey(string label, ReadOnlySpan<byte> id)
    {
        ThrowIfDisposed();
        ArgumentException.ThrowIfNullOrEmpty(label);
        RequireId(id);
        ulong handle = 0;
        for (int made = 0; made < _hsms.Length; made++)
        {
            GenerateKeyCall call = new(label, id);
            try
            {
                _hsms[made].Hsm.Run([], ref call);
                handle = made == 0 ? call.Key : handle;
            }
            catch (HsmException)
            {
                // A key that not every HSM holds does not exist.
                Remove(id, call.Asked ? made + 1 : made);
                throw;
            }
        }

        return handle;
    }

    /// <inheritdoc/>
    public void Encrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext)
    {
        ThrowIfDisposed();
        RequireId(id);
        if (ciphertext.Length != plaintext.Length + Overhead)
        {
            throw new ArgumentException("The ciphertext must be 28 bytes longer than the plaintext.", nameof(ciphertext));
        }

        EncryptCall call = new(plaintext, additionalData, ciphertext);
        RunOnFirst(id, ref call);
    }

    /// <inheritdoc/>
    public void Decrypt(ReadOnlySpan<byte> id, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        ThrowIfDisposed();
        RequireId(id);
        if (ciphertext.Length != plaintext.Length + Overhead)
        {
            throw new ArgumentException("The plaintext must be 28 bytes shorter than the ciphertext.", nameof(plaintext));
        }

        DecryptCall call = new(ciphertext, additionalData, plaintext);
        try
        {
            RunOnFirst(id, ref call);
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
        ThrowIfDisposed();
        if (buffer.Length is 0 or > MaximumRandom)
        {
            throw new ArgumentException("The buffer must have 1 to 1024 bytes.", nameof(buffer));
        }

        RandomCall call = new(buffer);
        RunOnFirst([], ref call);
    }

    /// <inheritdoc/>
    public bool DestroyKey(ReadOnlySpan<byte> id)
    {
        ThrowIfDisposed();
        RequireId(id);
        bool found = false;
        foreach ((HsmToken _, Hsm hsm) in _hsms)
        {
            DestroyKeyCall call = new(id);
            hsm.Run([], ref call);
            found |= call.Found;
        }

        return found;
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmInventory> ListKeys()
    {
        ThrowIfDisposed();
        return [.. _hsms.Select(static held => Inventory(held.Token, held.Hsm))];
    }

    /// <inheritdoc/>
    public ImmutableArray<HsmStatus> Status()
    {
        ThrowIfDisposed();
        return [.. _hsms.Select(held => Status(held.Token, held.Hsm))];
    }

    /// <inheritdoc/>
    public void ChangePin(ReadOnlySpan<byte> newPin)
    {
        ThrowIfDisposed();
        _hsms.Single().Hsm.ChangePin(newPin);
    }

    /// <inheritdoc/>
    public HsmSynchronization Synchronize(HsmToken newcomer)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(newcomer);
        if (!_hsms.Any(held => held.Token == newcomer))
        {
            throw new ArgumentException("The HSM is not one of the cluster's.", nameof(newcomer));
        }

        // An HSM that is alone in its cluster lacks nothing.
        return new(0, 0, []);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            foreach ((HsmToken token, Hsm _) in _hsms)
            {
                _library.Disconnect(token);
            }

            _disposed(this);
        }
    }

    private static void RequireId(ReadOnlySpan<byte> id)
    {
        if (id.IsEmpty)
        {
            throw new ArgumentException("A key ID must not be empty.", nameof(id));
        }
    }

    private static HsmInventory Inventory(HsmToken token, Hsm hsm)
    {
        try
        {
            List<HsmKeyObject> held = [];
            ListKeysCall call = new(held);
            hsm.Run([], ref call);
            return new(token, null, [.. held]);
        }
        catch (HsmException exception)
        {
            return new(token, exception.Message, []);
        }
    }

    private HsmStatus Status(HsmToken token, Hsm hsm)
    {
        try
        {
            TokenInfoCall call = default;
            hsm.Run([], ref call);
            HsmInventory inventory = Inventory(token, hsm);
            return call.Info.ToStatus(token.Library ?? _library.Name) with { KeyCount = inventory.Failure is null ? inventory.Keys.Length : null };
        }
        catch (HsmException)
        {
            return new(token.TokenLabel, token.SerialNumber, HsmState.DEGRADED, "", "", "", token.Library ?? _library.Name);
        }
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_isDisposed != 0, this);

    private void RunOnFirst<TCall>(ReadOnlySpan<byte> id, scoped ref TCall call)
        where TCall : struct, ISessionCall, allows ref struct
    {
        HsmException? unreachable = null;
        for (int index = 0; ; index++)
        {
            try
            {
                _hsms[index].Hsm.Run(id, ref call);
                return;
            }
            catch (HsmException exception) when (exception.Failure is HsmFailure.Unreachable or HsmFailure.KeyNotFound)
            {
                // Only if every HSM answered is a key truly missing.
                unreachable ??= exception.Failure == HsmFailure.Unreachable ? exception : null;
                if (index < _hsms.Length - 1)
                {
                    continue;
                }

                if (unreachable is null || ReferenceEquals(unreachable, exception))
                {
                    throw;
                }

                throw unreachable;
            }
        }
    }

    private void Remove(ReadOnlySpan<byte> id, int count)
    {
        for (int index = 0; index < count; index++)
        {
            try
            {
                DestroyKeyCall call = new(id);
                _hsms[index].Hsm.Run([], ref call);
            }
            catch (HsmException)
            {
                // The first failure is the one to tell; the leftover carries the ID by which reconciliation finds it.
            }
        }
    }
}
