using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>
/// The connection that a runspace uses: its own, if it has connected; else the one that the process shares, which is that of the runspace
/// that connected first (so that ForEach-Object -Parallel uses the store of the enclosing session) or the default store.
/// </summary>
internal static class KmsSession
{
    private static readonly Lock Gate = new();
    private static readonly ConditionalWeakTable<Runspace, KmsConnection> Own = [];

    private static KmsConnection? s_shared;
    private static WeakReference<Runspace>? s_sharedBy;

    static KmsSession() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => CloseAll();

    /// <summary>The connection of the current runspace, or null.</summary>
    public static KmsConnection? Find()
    {
        lock (Gate)
        {
            return Own.TryGetValue(Runspace.DefaultRunspace, out KmsConnection? own) && own.IsOpen ? own
                : s_shared is { IsOpen: true } ? s_shared
                : null;
        }
    }

    /// <summary>The connection of the current runspace; opens the default store if there is none.</summary>
    public static KmsConnection Require()
    {
        lock (Gate)
        {
            if (Find() is { } connection)
            {
                return connection;
            }

            s_sharedBy = null;
            return s_shared = KmsConnection.Open(new StateStoreOptions { Folder = DefaultStore.Folder });
        }
    }

    /// <summary>Gives the current runspace a separate connection, which replaces its previous one.</summary>
    public static KmsConnection Connect(StateStoreOptions options)
    {
        KmsConnection connection = KmsConnection.Open(options);
        Runspace runspace = Runspace.DefaultRunspace;
        lock (Gate)
        {
            if (Own.TryGetValue(runspace, out KmsConnection? before))
            {
                before.Close();
            }
            else
            {
                runspace.StateChanged += static (sender, change) => Leave((Runspace)sender!, change.RunspaceStateInfo.State);
            }

            Own.AddOrUpdate(runspace, connection);
            if (s_shared is not { IsOpen: true } || s_sharedBy is null)
            {
                // No runspace depends on the default store more than on a store that was requested.
                s_shared?.Close();
                s_shared = connection;
                s_sharedBy = new WeakReference<Runspace>(runspace);
            }
        }

        return connection;
    }

    /// <summary>Closes the connection of the current runspace, or the default store.</summary>
    /// <returns>Whether there was a connection to close.</returns>
    public static bool Disconnect()
    {
        lock (Gate)
        {
            if (Own.TryGetValue(Runspace.DefaultRunspace, out KmsConnection? own) && own.IsOpen)
            {
                own.Close();
                return true;
            }

            // A runspace must not close the store that another one has connected to.
            if (s_shared is { IsOpen: true } shared && s_sharedBy is null)
            {
                shared.Close();
                return true;
            }

            return false;
        }
    }

    private static void Leave(Runspace runspace, RunspaceState state)
    {
        if (state is RunspaceState.Closed or RunspaceState.Broken)
        {
            lock (Gate)
            {
                if (Own.TryGetValue(runspace, out KmsConnection? own))
                {
                    own.Close();
                }
            }
        }
    }

    private static void CloseAll()
    {
        lock (Gate)
        {
            foreach ((_, KmsConnection connection) in Own)
            {
                connection.Close();
            }

            s_shared?.Close();
        }
    }
}
