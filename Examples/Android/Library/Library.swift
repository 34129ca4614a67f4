// All of the library is the package's: it is only linked here.
import CInterface
