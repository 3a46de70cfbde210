using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11;

/// <summary>
/// One token for other software than a key store of ours: it uses keys that their owner has made, by the names that they have, and never
/// creates, changes or destroys one. Callers wait without a thread, and no longer than they want.
/// </summary>
public sealed class TokenClient : IDisposable
{
    /// <summary>How many bytes a message of AES-GCM made here has more than its plaintext: IV and tag.</summary>
    public const int Overhead = HsmSession.IvSize + HsmSession.TagSize;

    private readonly Hsm _hsm;
    private readonly SemaphoreSlim _slots;

    // Interlocked.
    private int _overdue;
    private int _isClosed;

    private TokenClient(Hsm hsm, HsmStatus status, int maxCalls)
    {
        _hsm = hsm;
        _slots = new(maxCalls, maxCalls);
        Status = status;
        MaxCalls = maxCalls;
    }

    /// <summary>The token as it was found.</summary>
    public HsmStatus Status { get; }

    /// <summary>How many calls may be in the token at once.</summary>
    public int MaxCalls { get; }

    /// <summary>How many are.</summary>
    public int CallCount => MaxCalls - _slots.CurrentCount;

    /// <summary>Finds a token and logs in to it. The PIN is offered once.</summary>
    /// <param name="library">Its library, a full path or <c>path|parameters</c>.</param>
    /// <param name="token">Which token.</param>
    /// <param name="pin">The PIN of its user (UTF-8). Copied where needed; the caller zeroes its own.</param>
    /// <param name="maxCalls">How many calls may be in it at once.</param>
    /// <exception cref="HsmException">It is not there, does not answer, or refused the PIN.</exception>
    public static TokenClient Connect(string library, TokenSelector token, ReadOnlySpan<byte> pin, int maxCalls)
    {
        ArgumentNullException.ThrowIfNull(library);
        ArgumentNullException.ThrowIfNull(token);
        using Pkcs11HsmProvider provider = new();
        HsmStatus status = provider.Find(library, [token])[0];
        if (status.SerialNumber.Length == 0 && status.State == HsmState.DEGRADED)
        {
            throw new HsmException(
                HsmFailure.ClusterNotFound, $"'{library}' has no token with the {token}.") { Cause = ErrorCause.None };
        }

        HsmToken found = status.ToToken();
        Hsm hsm = HsmRegistry.Join(LibraryReference.Parse(library), found, HsmTimeLimits.Default);
        try
        {
            ClusterLogin.LogIn([new ClusterMember(found, library, hsm)], pin);
        }
        catch
        {
            HsmRegistry.Leave(hsm);
            throw;
        }

        return new TokenClient(hsm, status, maxCalls);
    }

    /// <summary>Does work in the token on another thread.</summary>
    /// <param name="work">The work, which the caller disposes of afterwards in any case.</param>
    /// <param name="wait">How long to wait while as many calls as may be are in the token.</param>
    /// <param name="limit">How long to wait in all.</param>
    /// <exception cref="HsmException">The work failed. Exhausted: too many calls are in the token.</exception>
    /// <exception cref="TimeoutException">The token does not answer; the work goes on without its caller.</exception>
    public async Task RunAsync(TokenWork work, TimeSpan wait, TimeSpan limit)
    {
        ArgumentNullException.ThrowIfNull(work);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isClosed) != 0, this);
        long start = Environment.TickCount64;
        if (!_slots.Wait(0) && !await _slots.WaitAsync(wait).ConfigureAwait(false))
        {
            // Calls that do not come back keep their place.
            throw Volatile.Read(ref _overdue) > 0
                ? new TimeoutException($"The token '{_hsm.Label}' does not answer {_overdue} of {MaxCalls} calls.")
                : new HsmException(HsmFailure.Exhausted, $"{MaxCalls} calls are in the token '{_hsm.Label}', as many as may be.");
        }

        work.Begin();
        CallThreads.Start(() => Execute(work));
        TimeSpan left = limit - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
        try
        {
            await work.Done.WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!work.Done.IsCompleted)
        {
            Interlocked.Increment(ref _overdue);
            if (work.TryAbandon())
            {
                throw new TimeoutException($"The token '{_hsm.Label}' did not answer within {limit.TotalMilliseconds:0} ms.");
            }

            Interlocked.Decrement(ref _overdue);
            await work.Done.ConfigureAwait(false);
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.Unreachable && _hsm.IsFrozen())
        {
            throw new TimeoutException(exception.Message, exception);
        }
    }

    /// <summary>Encrypts with AES-GCM into IV || ciphertext || tag: 12 bytes, as many as the plaintext has, and 16 bytes.</summary>
    /// <param name="key">The key.</param>
    /// <param name="plaintext">The plaintext; may be empty.</param>
    /// <param name="additionalData">The additional authenticated data.</param>
    /// <param name="message">Receives the message.</param>
    /// <param name="leavesIv">Whether the token makes the IV and takes none; otherwise that is found out.</param>
    /// <exception cref="HsmException">It failed. Ambiguous: several keys have the name.</exception>
    public void Encrypt(
        KeyName key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> message, bool leavesIv = false)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNotEqual(message.Length, plaintext.Length + Overhead);
        EncryptCall call = new(plaintext, additionalData, message, key, leavesIv);
        _hsm.RunPatiently(key.CacheKey, ref call);
    }

    /// <summary>Decrypts IV || ciphertext || tag with AES-GCM.</summary>
    /// <param name="key">The key.</param>
    /// <param name="message">The message.</param>
    /// <param name="ivSize">The length of its IV, 12 or 16 bytes.</param>
    /// <param name="additionalData">The additional authenticated data.</param>
    /// <param name="plaintext">Receives the plaintext.</param>
    /// <exception cref="HsmException">It failed. Ambiguous: several keys have the name.</exception>
    public void Decrypt(
        KeyName key, ReadOnlySpan<byte> message, int ivSize, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        ArgumentNullException.ThrowIfNull(key);
        ArgumentOutOfRangeException.ThrowIfNotEqual(message.Length, plaintext.Length + ivSize + HsmSession.TagSize);
        DecryptCall call = new(message, additionalData, plaintext, key, ivSize);
        _hsm.RunPatiently(key.CacheKey, ref call);
    }

    /// <summary>What the token says about a key.</summary>
    /// <param name="key">The key.</param>
    /// <exception cref="HsmException">KeyNotFound: the token is well and has none. Ambiguous: several keys have the name.</exception>
    public KeyDescription Describe(KeyName key)
    {
        DescribeKeyCall call = new(key);
        _hsm.Manage(call);
        return call.Description!;
    }

    /// <summary>Checks that the token answers and that the login is valid.</summary>
    /// <exception cref="HsmException">It does not.</exception>
    public void Probe() => _hsm.Manage(new ProbeCall());

    /// <summary>Logs out, unless others in this process use the token too. No new work may begin.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 0)
        {
            HsmRegistry.Leave(_hsm);
        }
    }

    private void Execute(TokenWork work)
    {
        if (!work.Execute(this))
        {
            Interlocked.Decrement(ref _overdue);
        }

        _slots.Release();
    }
}
