using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// Runs code that may never return on a separate thread, so that the caller can stop waiting. A C function that hangs cannot be stopped;
/// its thread stays until the module answers, and does not keep the process alive.
/// </summary>
internal static class Detached
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public static Task<T> Start<T>(Func<T> function)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread thread = new(() =>
        {
#pragma warning disable CA1031 // The exception is thrown where the result is awaited.
            try
            {
                done.SetResult(function());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
#pragma warning restore CA1031
        })
        {
            IsBackground = true,
            Name = "KmsTools HSM",
        };
        thread.Start();
        return done.Task;
    }

    /// <summary>Waits for a result.</summary>
    /// <param name="task">What <see cref="Start"/> returned.</param>
    /// <param name="limit">The longest wait.</param>
    /// <param name="result">The result.</param>
    /// <param name="givesUp">Polled for whether there is no longer anything to wait for.</param>
    /// <returns>False when there is no result in time.</returns>
    public static bool TryWait<T>(Task<T> task, TimeSpan limit, [MaybeNullWhen(false)] out T result, Func<bool>? givesUp = null)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            double left = end - Environment.TickCount64;
            double longest = givesUp is null ? double.MaxValue : PollInterval.TotalMilliseconds;
            TimeSpan pause = TimeSpan.FromMilliseconds(Math.Clamp(left, 0, longest));
            if (Task.WaitAny([task], pause) == 0)
            {
                result = task.GetAwaiter().GetResult();
                return true;
            }

            if (left <= 0 || givesUp?.Invoke() == true)
            {
                result = default;
                return false;
            }
        }
    }
}
