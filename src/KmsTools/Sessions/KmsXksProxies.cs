using System.Security;

namespace KmsTools.Sessions;

/// <summary>The XKS proxies that this PowerShell process has started.</summary>
internal static class KmsXksProxies
{
    private static readonly Lock Gate = new();
    private static readonly List<KmsXksProxy> Started = [];

    static KmsXksProxies() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (KmsXksProxy proxy in Running)
        {
            proxy.Stop();
        }
    };

    /// <summary>The running proxies, in the order of their start.</summary>
    public static KmsXksProxy[] Running
    {
        get
        {
            lock (Gate)
            {
                Started.RemoveAll(static proxy => !proxy.IsRunning);
                return [.. Started];
            }
        }
    }

    /// <summary>Starts a proxy, as <see cref="KmsXksProxy.Start"/> does, and remembers it.</summary>
    public static KmsXksProxy Start(string configuration, SecureString? certificatePassword, CancellationToken stopped)
    {
        KmsXksProxy proxy = KmsXksProxy.Start(configuration, certificatePassword, stopped);
        lock (Gate)
        {
            Started.Add(proxy);
        }

        return proxy;
    }
}
