using System.Security;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>The endpoints that this PowerShell process has started.</summary>
internal static class KmsEndpoints
{
    private static readonly Lock Gate = new();
    private static readonly List<KmsEndpoint> Started = [];

    static KmsEndpoints() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => StopOf(static _ => true);

    private static string Program => Path.Combine(
        Path.GetDirectoryName(typeof(KmsEndpoints).Assembly.Location)!, "Endpoint", "KmsTools.Endpoint.dll");

    /// <summary>The running endpoints, in the order of their start.</summary>
    public static KmsEndpoint[] Running
    {
        get
        {
            lock (Gate)
            {
                Started.RemoveAll(static endpoint => !endpoint.IsRunning && endpoint.Environment is null);
                return [.. Started.Where(static endpoint => endpoint.IsRunning)];
            }
        }
    }

    /// <summary>Starts the program for a store and waits until it serves.</summary>
    /// <param name="store">The store.</param>
    /// <param name="arguments">What the program gets besides the store. Nothing secret: other users see them.</param>
    /// <param name="certificatePassword">The password of its certificate, or null.</param>
    /// <param name="unlock">What opens the seal of the store; null if there is none.</param>
    /// <param name="stopped">Cancelled when the user stops the cmdlet.</param>
    public static KmsEndpoint Start(
        StateStoreOptions store,
        IEnumerable<string> arguments,
        SecureString? certificatePassword,
        Secret? unlock,
        CancellationToken stopped)
    {
        KmsEndpoint endpoint = KmsEndpoint.Start(
            Program, store.Folder, [.. StoreChoice.Arguments(store), .. arguments], certificatePassword, unlock, stopped);
        lock (Gate)
        {
            Started.Add(endpoint);
        }

        return endpoint;
    }

    /// <summary>Stops the endpoints of a store that is about to be deleted.</summary>
    /// <param name="location">Where it is.</param>
    public static void StopOfStore(string location) => StopOf(endpoint => endpoint.Store == location);

    /// <summary>Reverts what Start-KmsEndpoint -SetEnvironment did for endpoints of a store.</summary>
    /// <param name="location">Where the store is.</param>
    public static void RestoreEnvironment(string location)
    {
        KmsEndpoint[] ofStore;
        lock (Gate)
        {
            ofStore = [.. Started.Where(endpoint => endpoint.Store == location)];
        }

        foreach (KmsEndpoint endpoint in ofStore)
        {
            endpoint.RestoreEnvironment();
        }
    }

    private static void StopOf(Predicate<KmsEndpoint> condition)
    {
        foreach (KmsEndpoint endpoint in Running.Where(endpoint => condition(endpoint)))
        {
            endpoint.Stop();
        }
    }
}
