namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Keeps the instances of one library apart while one of them is initialized or finalized, logs in, or changes a PIN. They share the
/// libraries that they need, which may not tolerate being set up twice at once, and the files of their tokens: SoftHSM aborts the process
/// when C_Initialize encounters two tokens whose files other instances are rewriting, and its own file locks exclude other processes only.
/// </summary>
#pragma warning disable CA1001 // There is one for each library as long as the process lives.
internal sealed class InstanceTurns
#pragma warning restore CA1001
{
    // A frozen HSM delays others for this long.
    private static readonly TimeSpan MaxWait = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>Waits for a turn, but not for long. Disposing the result ends it.</summary>
    public Turn Take() => new(_turn.Wait(MaxWait) ? _turn : null);

    /// <summary>The turn of one instance; ends when disposed.</summary>
    public readonly struct Turn : IDisposable
    {
        private readonly SemaphoreSlim? _held;

        internal Turn(SemaphoreSlim? held) => _held = held;

        /// <summary>Lets the next one in.</summary>
        public void Dispose() => _held?.Release();
    }
}
