using System.Collections.Concurrent;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Threads for calls that may hang in a module. One that hangs is left to its call, and does not keep the process alive. Not those of the
/// thread pool: a few that hang would hold up everything else in the process.
/// </summary>
internal static class CallThreads
{
    private static readonly ConcurrentStack<Worker> Idle = new();

    /// <summary>Runs code that throws nothing on one of the threads.</summary>
    public static void Start(Action work) => (Idle.TryPop(out Worker? idle) ? idle : new Worker()).Run(work);

#pragma warning disable CA1001 // There is one for each thread as long as the process lives.
    private sealed class Worker
#pragma warning restore CA1001
    {
        private readonly SemaphoreSlim _wake = new(0);
        private Action? _work;

        public Worker() => new Thread(Loop) { IsBackground = true, Name = "KmsTools HSM call" }.Start();

        public void Run(Action work)
        {
            _work = work;
            _wake.Release();
        }

        private void Loop()
        {
            while (true)
            {
                _wake.Wait();
                _work!();
                _work = null;
                Idle.Push(this);
            }
        }
    }
}
