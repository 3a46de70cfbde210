using System.Diagnostics.CodeAnalysis;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Runs a call with the buffers of a <see cref="DetachedCall"/>.</summary>
internal delegate ReturnValue DetachedFunction(
    HsmSession session, ulong key, ReadOnlySpan<byte> input, ReadOnlySpan<byte> additionalData, Span<byte> output);

/// <summary>
/// A call on a thread that its caller can stop waiting for. It has buffers of its own, because the module may still write into them after
/// the caller has left.
/// </summary>
#pragma warning disable CA1001 // The event is needed until both threads have left, and has no handle of the system.
internal sealed class DetachedCall
#pragma warning restore CA1001
{
    private const int Running = 0;
    private const int Ended = 1;
    private const int Abandoned = 2;

    private readonly ManualResetEventSlim _done = new(initialState: false);
    private readonly DetachedFunction _function;
    private readonly byte[] _input;
    private readonly byte[] _additionalData;
    private readonly byte[] _output;

    // Interlocked: either the caller gets the result, the session and the buffers, or the thread of the call keeps them.
    private int _state;
    private ReturnValue _result;
    private ExceptionDispatchInfo? _failure;

    public DetachedCall(ReadOnlySpan<byte> input, ReadOnlySpan<byte> additionalData, int outputLength, DetachedFunction function)
    {
        _function = function;
        _input = Pinned(input);
        _additionalData = Pinned(additionalData);
        _output = GC.AllocateArray<byte>(outputLength, pinned: true);
    }

    /// <summary>Runs it.</summary>
    /// <param name="login">The login that the session belongs to.</param>
    /// <param name="session">The session, which the caller has taken.</param>
    /// <param name="key">The handle of the key.</param>
    /// <param name="pace">Records how long the module took.</param>
    /// <param name="limit">The longest wait.</param>
    /// <param name="output">Receives the output of a call that succeeded.</param>
    /// <param name="result">What the module returned.</param>
    /// <returns>False when it has not returned in time; it then gives the session back itself when it does.</returns>
    /// <exception cref="KmsTools.KeyStores.HsmException">The session cannot be opened.</exception>
    public bool TryRun(
        TokenLogin login, HsmSession session, ulong key, CallPace pace, TimeSpan limit, Span<byte> output, out ReturnValue result)
    {
        CallThreads.Start(() => Run(login, session, key, pace));
        if (!_done.Wait(limit) && Interlocked.CompareExchange(ref _state, Abandoned, Running) == Running)
        {
            pace.RecordHang();
            result = ReturnValue.NoReply;
            return false;
        }

        _done.Wait();
        result = _result;
        if (_failure is null && result.IsOk)
        {
            _output.CopyTo(output);
        }

        Clear();
        if (_failure is not null)
        {
            output.Clear();
            _failure.Throw();
        }

        return true;
    }

    private static byte[] Pinned(ReadOnlySpan<byte> bytes)
    {
        byte[] copy = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
        bytes.CopyTo(copy);
        return copy;
    }

    [SuppressMessage("Design", "CA1031", Justification = "On this thread any exception would end the process; the caller gets it.")]
    private void Run(TokenLogin login, HsmSession session, ulong key, CallPace pace)
    {
        long start = CallPace.Start();
        try
        {
            _result = session.Open();
            _result = _result.IsOk ? _function(session, key, _input, _additionalData, _output) : _result;
        }
        catch (Exception exception)
        {
            _failure = ExceptionDispatchInfo.Capture(exception);
        }

        pace.Record(start);
        if (Interlocked.CompareExchange(ref _state, Ended, Running) == Running)
        {
            _done.Set();
            return;
        }

        Clear();
        login.Sessions.Return(session, wentWell: false);
    }

    private void Clear()
    {
        CryptographicOperations.ZeroMemory(_input);
        CryptographicOperations.ZeroMemory(_output);
    }
}
