using System.Management.Automation.Runspaces;
using System.Runtime.CompilerServices;
using KmsTools.Persistence;

namespace KmsTools.Sessions;

/// <summary>
/// The connection that a runspace uses: its own, if it has connected; else the one that the process shares, which is that of the runspace
/// that connected first (so that ForEach-Object -Parallel uses the store of the enclosing session) or the default store.
/// </summary>
/// <remarks>
/// Connections belong to the process: they stay when the module is removed and imported again. A runspace that has chosen a store never
/// gets another one without being told: see <see cref="Require()"/>.
/// </remarks>
internal static class KmsSession
{
    private static readonly Lock Gate = new();
    private static readonly ConditionalWeakTable<Runspace, Choice> Choices = [];

    private static KmsConnection? s_shared;
    private static WeakReference<Runspace>? s_sharedBy;

    // Every record of every cmdlet asks: without a lock.
    private static volatile bool s_hasNotice;

    static KmsSession() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => CloseAll();

    /// <summary>The connection of the current runspace, or null.</summary>
    public static KmsConnection? Find()
    {
        lock (Gate)
        {
            return Choices.TryGetValue(Runspace.DefaultRunspace, out Choice? choice) && choice.Own is { IsOpen: true } own ? own
                : s_shared is { IsOpen: true } ? s_shared
                : null;
        }
    }

    /// <summary>The connection of the current runspace; opens the default store if none was ever chosen.</summary>
    /// <exception cref="NoStoreException">
    /// Connect-Kms has failed, or the store that the runspace was connected to was closed by another one.
    /// </exception>
    public static KmsConnection Require() => Open(onlyExisting: false)!;

    /// <summary>As <see cref="Require()"/>, but makes no store in a database.</summary>
    /// <returns>Whether there is one, which is open now.</returns>
    public static bool RequireExisting() => Open(onlyExisting: true) is not null;

    private static KmsConnection? Open(bool onlyExisting)
    {
        lock (Gate)
        {
            Choice choice = Choices.GetOrCreateValue(Runspace.DefaultRunspace);
            if (choice.Refusal is { } refusal)
            {
                throw new NoStoreException(refusal);
            }

            if (Find() is { } connection)
            {
                if (ReferenceEquals(connection, choice.Own) || s_sharedBy is not null)
                {
                    choice.Used = connection;
                }

                return connection;
            }

            if (choice.Used is { IsOpen: false } closed)
            {
                throw new NoStoreException($"The store that this session used, '{closed.Location}', was closed.");
            }

            s_sharedBy = null;
            s_shared = TryOpen(StoreChoice.Default() with { OnlyExisting = onlyExisting });
            if (s_shared is null)
            {
                return null;
            }

            choice.Notice = choice.Left is { } left
                ? $"This session was disconnected from '{left}'. It now uses the store of the user, '{s_shared.Location}'."
                : null;
            choice.Left = null;
            s_hasNotice |= choice.Notice is not null;
            return s_shared;
        }
    }

    /// <summary>What the user is to be warned of since the last call, or null.</summary>
    public static string? TakeNotice()
    {
        if (!s_hasNotice)
        {
            return null;
        }

        lock (Gate)
        {
            if (!Choices.TryGetValue(Runspace.DefaultRunspace, out Choice? choice))
            {
                return null;
            }

            string? notice = choice.Notice;
            choice.Notice = null;
            return notice;
        }
    }

    /// <summary>Gives the current runspace a separate connection, which replaces its previous one.</summary>
    /// <param name="options">How the store is opened.</param>
    /// <param name="inspect">
    /// Looks at the connection before the runspace gets it. If that fails, nothing of the store stays open, and the runspace keeps its
    /// previous connection.
    /// </param>
    public static KmsConnection Connect(StateStoreOptions options, Action<KmsConnection> inspect)
    {
        // To open a temporary store again would delete it, when the previous connection is closed.
        KmsConnection? present = Find();
        KmsConnection connection = present is { IsTemporary: true } && present.Path == options.Folder && IsOwn(present)
            ? present
            : KmsConnection.Open(options);
        try
        {
            inspect(connection);
        }
        catch
        {
            if (!ReferenceEquals(connection, present))
            {
                connection.Close();
            }

            throw;
        }

        Runspace runspace = Runspace.DefaultRunspace;
        lock (Gate)
        {
            if (!Choices.TryGetValue(runspace, out Choice? choice))
            {
                Choices.Add(runspace, choice = new Choice());
            }

            if (!choice.IsWatched)
            {
                choice.IsWatched = true;
                runspace.StateChanged += static (sender, change) => Leave((Runspace)sender!, change.RunspaceStateInfo.State);
            }

            if (!ReferenceEquals(choice.Own, connection))
            {
                choice.Own?.Close();
            }

            choice.Own = connection;
            choice.Used = connection;
            choice.Refusal = null;
            choice.Left = null;
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

    /// <summary>
    /// Refuses calls of the current runspace until it connects or disconnects: a script that goes on after a failed Connect-Kms must not
    /// work in another store than the one it named. Closes nothing.
    /// </summary>
    /// <param name="reason">Why, in a sentence that is shown.</param>
    public static void Refuse(string reason)
    {
        lock (Gate)
        {
            Choices.GetOrCreateValue(Runspace.DefaultRunspace).Refusal = reason;
        }
    }

    /// <summary>Closes the connection of the current runspace, or the default store.</summary>
    /// <returns>Whether there was a connection to close.</returns>
    public static bool Disconnect()
    {
        lock (Gate)
        {
            Choice choice = Choices.GetOrCreateValue(Runspace.DefaultRunspace);
            bool refused = choice.Refusal is not null;
            choice.Refusal = null;
            choice.Used = null;
            if (choice.Own is { IsOpen: true } own)
            {
                choice.Left = own.Location;
                own.Close();
                return true;
            }

            // A runspace must not close the store that another one has connected to.
            if (s_shared is { IsOpen: true } shared && s_sharedBy is null)
            {
                shared.Close();
                return true;
            }

            return refused;
        }
    }

    private static KmsConnection? TryOpen(StateStoreOptions options)
    {
        try
        {
            return KmsConnection.Open(options);
        }
        catch (StateStoreException exception) when (options.OnlyExisting && exception.SharedFault == SharedStoreFault.NoStore)
        {
            return null;
        }
    }

    private static bool IsOwn(KmsConnection connection) =>
        Choices.TryGetValue(Runspace.DefaultRunspace, out Choice? choice) && ReferenceEquals(choice.Own, connection);

    private static void Leave(Runspace runspace, RunspaceState state)
    {
        if (state is RunspaceState.Closed or RunspaceState.Broken)
        {
            lock (Gate)
            {
                if (Choices.TryGetValue(runspace, out Choice? choice))
                {
                    choice.Own?.Close();
                }
            }
        }
    }

    private static void CloseAll()
    {
        lock (Gate)
        {
            foreach ((_, Choice choice) in Choices)
            {
                choice.Own?.Close();
            }

            s_shared?.Close();
        }
    }

    /// <summary>What a runspace has chosen. Guarded by <see cref="Gate"/>.</summary>
    private sealed class Choice
    {
        /// <summary>The connection that it opened.</summary>
        public KmsConnection? Own { get; set; }

        /// <summary>The last connection that it used and that someone had chosen.</summary>
        public KmsConnection? Used { get; set; }

        /// <summary>Why it must not use any store.</summary>
        public string? Refusal { get; set; }

        /// <summary>Where the store is that it disconnected from.</summary>
        public string? Left { get; set; }

        /// <summary>What it is to be warned of.</summary>
        public string? Notice { get; set; }

        /// <summary>Whether its end is noticed.</summary>
        public bool IsWatched { get; set; }
    }
}
